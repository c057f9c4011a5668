/*
 * The language of a page: what somebody chose on a page, else what the application
 * asked for (ui_locales), else what the browser prefers (Accept-Language, RFC 9110
 * section 12.5.4), else English.  There is one for each file in templates/messages.
 */
#ifndef SERVER_PAGES_LANGUAGE_H
#define SERVER_PAGES_LANGUAGE_H

#include "server/exchange.h"

#include "languages_gen.h"

enum language language_of(struct exchange *);
/* What the application that sent the person here asks for. */
void language_asked_by_client(struct exchange *, struct str ui_locales);
/* The first language of a list, in order of preference, that there is: of tags with
 * `;q=` between commas, or of tags between spaces.  LANGUAGE_COUNT if there is none. */
enum language language_preferred(struct str accept_language);
enum language language_listed(struct str ui_locales);

#endif
