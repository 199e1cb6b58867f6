"""Data dictionary: every table and column, from the model that makes them, and blank templates to fill in."""

from __future__ import annotations

import streamlit as st

from dashboard import show
from dashboard.panels import dictionary
from dashboard.words import plain
from pipelines import model, workbooks

st.title("Data dictionary")
st.caption("Every table and column that a loaded file ends up in, and blank templates to fill in.")
with st.container(border=True, key="card_templates"):
    st.header("Blank templates")
    titles = {source.title: source for source in dictionary.templates()}
    chosen = titles[st.selectbox("Kind of file", list(titles), key="template_kind")]
    st.write(plain(chosen.description))
    st.download_button("Download the template", lambda: workbooks.template(chosen), f"{chosen.name}_template.xlsx", show.XLSX,
                       key="template", on_click="ignore")  # fmt: skip
search = st.text_input("Find a table or column", key="find", bind="query-params", placeholder="for example: received")
found = dictionary.matching(search)
if not found:
    st.info("No table or column says that.")
for table in found:
    with st.expander(f"{table.name}: {plain(table.meaning)}", key=f"table_{table.name}", expanded=bool(search)):
        st.caption(plain(f"One row per {' + '.join(table.key)}." + (f" FHIR {table.fhir}." if table.fhir else "")))
        show.table(dictionary.columns(table), key=f"columns_{table.name}", alt=f"Columns of {table.name}")
with st.expander("provenance: columns that every table has", key="table_provenance"):
    show.table(dictionary.listed(model.PROVENANCE), key="columns_provenance", alt="Provenance columns")
