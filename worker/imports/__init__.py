"""Reads what people have: folders, archives, arrays and tables of images, whatever their layout."""
