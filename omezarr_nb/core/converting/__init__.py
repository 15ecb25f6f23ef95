"""The parts of conversion: what is there, what it becomes, how chunks are carried over, and where they go."""
