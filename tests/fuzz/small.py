"""`graphql-brief` with caches so small that they are full before memory is compared.

What grows then is no cache: with the bounds that it has, a server that is asked nothing but
documents which it never met takes in tens of MB before it is full.
"""

from graphql_brief.cli import main
from graphql_brief.http import documents, known

BOUND_BYTES = 1_000_000

if __name__ == "__main__":
    documents.MET_BOUND_BYTES = known.REQUESTS_BOUND_BYTES = BOUND_BYTES
    main()
