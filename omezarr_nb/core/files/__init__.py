"""Files of pixels: one, or many that together are an image or a plate."""
