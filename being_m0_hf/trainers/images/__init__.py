"""Training of pose from images: SMPLest-X on data sets of crops."""
