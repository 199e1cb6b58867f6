"""From a file to a number: ingestion, the canonical model, the warehouse and the metrics.

Nothing below this package knows of a screen: it imports neither streamlit nor plotly.
"""

import os

# Matrices are small here. On more than one thread the library of numpy and scipy only waits, and burns a second core doing so:
# fitting the model of lapsing took three times as long. Set before either is imported; whoever sets it keeps it.
for _pool in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_pool, "1")
