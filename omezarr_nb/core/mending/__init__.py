"""Changing the metadata of what is there, and nothing else: repairs of what validation finds, and edits."""
