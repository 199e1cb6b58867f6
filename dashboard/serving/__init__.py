"""The server around the pages: start, guard before Streamlit, sign-in, and what the browser is told early."""
