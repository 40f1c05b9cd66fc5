"""Plotly figures built in Python: the page, the report and a notebook show the same ones."""
