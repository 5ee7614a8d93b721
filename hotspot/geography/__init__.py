"""Areas, grids, graphs of neighbours, and counting points in areas."""
