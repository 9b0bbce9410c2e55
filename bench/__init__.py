"""The benchmark: what Muster costs beside the least that the same work can cost, as ratios of one run."""
