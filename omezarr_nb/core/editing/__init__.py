"""Painting labels: strokes as data, the pixels that they mean, and a session that keeps, undoes and stores them."""
