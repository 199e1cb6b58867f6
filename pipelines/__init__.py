"""From a file to a number: ingestion, the canonical model, the warehouse and the metrics.

Nothing below this package knows of a screen: it imports neither streamlit nor plotly.
"""
