"""Documents that ask for everything there is of a brief."""

ITEM = "id key addedAt changedAt changedVersion"
DATE = "{ text earliest latest display }"
CITED = "citations { source { id key title } locator quote }"

PAGE = f"""
fragment Whole on Brief {{
  id slug formerSlugs headline standfirst status statusReason language subjects
  version position liveCursor
  firstPublishedAt updatedAt lastSignificantUpdateAt
  latestDevelopment {{ id headline date {DATE} }}
  overview {{ {ITEM} text {CITED} }}
  indicators {{
    {ITEM} label note unit display value qualifier asOf {DATE} {CITED}
    observations {{
      {ITEM} value qualifier display asOf {DATE} {CITED} retraction {{ at reason }}
      indicator {{ id }}
    }}
  }}
  people {{ ...Part }}
  organizations {{ ...Part }}
  timeline {{
    totalCount
    pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
    edges {{
      cursor
      node {{
        {ITEM} headline category body breaking pinned date {DATE} {CITED}
        supersedes {{ id }} supersededBy {{ id }} retraction {{ at reason }}
      }}
    }}
  }}
  scenarios {{
    {ITEM} rank title discussedBy body resolutionCriteria {CITED}
    forecasts {{
      {ITEM} probability {{ low high display }} forecaster rationale madeOn {DATE} {CITED}
      withdrawn {{ at reason }} scenario {{ id }}
    }}
    resolution {{ outcome explanation at resolvedOn {DATE} }}
  }}
  precedents {{
    {ITEM} title whatHappened outcomeShortTerm outcomeLongTerm relevance period {DATE} {CITED}
    brief {{ id slug headline }}
  }}
  sources {{
    {ITEM} title publisher url published {DATE} accessed {DATE}
    citedBy {{ __typename id }}
  }}
  corrections {{
    {ITEM} text {CITED}
    corrects {{ section key field target {{ __typename id }} }}
  }}
}}
fragment Part on Involvement {{
  {ITEM} kind role status statusAsOf {DATE} {CITED}
  entity {{ id kind name type description image initials version position updatedAt }}
}}
"""

BY_SLUG = (
    "query Page($slug: String!, $at: AsOf) { brief(by: {slug: $slug}, at: $at) { ...Whole } }"
    + PAGE
)
BY_ID = "query Page($id: ID!, $at: AsOf) { brief(by: {id: $id}, at: $at) { ...Whole } }" + PAGE
