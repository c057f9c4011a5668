/*
 * Whose pages these are: ui.name, ui.logo, ui.accent, ui.support_url, ui.terms_url.
 * GET /ui/logo is the file, GET /ui/accent.css the colours that follow from one.
 */
#ifndef SERVER_PAGES_BRAND_H
#define SERVER_PAGES_BRAND_H

#include "server/exchange.h"
#include "server/pages/pages.h"

void brand_fill(const struct exchange *, struct page *);

#endif
