"""Documents as engines index them."""
