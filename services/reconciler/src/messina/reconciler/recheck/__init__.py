"""The second pass: which candidates are discrepancies."""
