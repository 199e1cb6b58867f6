"""A referral that one site passed on to another: each site has it, and all of them together once (M1).

What counts referrals counts by ``COUNTED``. What asks how a referral fared asks it of every one: the site that took it
over has its own patient to schedule and its own report to send.
"""

from __future__ import annotations

# As a condition, with $each_site whether the answer is cut by site. A transfer is counted where it came in first, if that
# is shown; a bar of one site counts whatever came to it.
COUNTED = """(countable and ($each_site::boolean or moved_from_site_id is null
            or not (coalesce(list_contains($sites::bigint[], moved_from_site_id), true)
                and coalesce(list_contains($scope_sites::bigint[], moved_from_site_id), true))))"""
SAID = "A transfer counts at each site it came to, and once over all of them."
