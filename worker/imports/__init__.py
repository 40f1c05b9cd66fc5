"""Read images from the folders, archives, arrays and tables in which people keep them."""
