"""One table for each architecture of a peer: its names of weights and its settings, turned into ours."""
