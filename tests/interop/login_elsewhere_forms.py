"""Forms of other people's servers."""

import html
import re
from urllib.parse import urljoin


def form_of(page):
    """Where it goes, and what somebody called mia fills in."""
    fields = {name: html.unescape(value) for name, value in
              re.findall(r'name="([^"]+)"[^>]*?value="([^"]*)"', page.text)}
    fields.update({name: "mia" for name in re.findall(r'name="(login|password)"', page.text)})
    action = re.search(r'<form[^>]*action="([^"]*)"', page.text).group(1)
    return urljoin(page.url, html.unescape(action)), fields
