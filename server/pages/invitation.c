/* /invitation: whoever has the link chooses a password. */
#include "lib/account/invitation.h"

#include "server/handlers.h"
#include "server/pages/page.h"
#include "server/pages/problem.h"
#include "server/reply.h"

static struct str
token_of(const struct exchange *x)
{
	return form_get(x->request.method == METHOD_POST ? &x->form : &x->query, "token");
}

enum err
invitation_show(struct exchange *x, int status, enum err why)
{
	struct invitation_answer answer;
	struct page_invitation props;
	struct buf *html = page_begin(x);
	enum err e = invitation_read(&x->cx, token_of(x), &answer);

	if (e)
		return e;
	props = (struct page_invitation){
		.page = page_props(x),
		.token = token_of(x),
		.username = answer.user.username,
		.full_name = answer.user.full_name,
		.error = why ? problem_text(x, why) : STR_NONE,
		.again_is_wrong = why == ERR_PASSWORDS_DIFFER,
	};
	page_invitation(html, &props);
	return page_reply(x, status, html);
}

enum err
http_invitation_get(struct exchange *x)
{
	return invitation_show(x, 200, problem_asked(x));
}

enum err
http_invitation_post(struct exchange *x)
{
	struct invitation_answer *answer = arena_new(x->cx.arena, struct invitation_answer);
	enum err e;

	if ((e = invitation_read(&x->cx, token_of(x), answer)))
		return e;
	answer->wanted = form_get(&x->form, "new");
	answer->repeated = form_get(&x->form, "again");
	if ((e = invitation_answer_check(answer)))
		return err_status(e) == 400 ? problem_show_form(x, e) : e;
	if ((e = reply_redirect(x, STR("/login?next=%2Faccount"))))
		return e;
	return exchange_commit(x, invitation_answer_store, answer);
}
