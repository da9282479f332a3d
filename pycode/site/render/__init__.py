"""The embedded renderer: the Quarto project turned into `_site/` with Pandoc, where Quarto is not installed."""
