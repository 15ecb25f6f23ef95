"""Changing an image that is there: growing it, writing parts of it, and making its levels anew."""
