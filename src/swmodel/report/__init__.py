"""Reports that stand in one HTML file: nothing is loaded from elsewhere, and they print well."""
