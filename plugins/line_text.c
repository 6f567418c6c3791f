/* Text of others on our line: server, operator, certificates. */
#include "base/text.h"
#include "line.h"

#include <string.h>

void line_where(struct buf *out, const struct settings *s)
{
	if (settings_is_socket(s)) {
		(void)buf_add_str(out, "socket ");
		(void)text_printable(out, slice_str(settings_dial_host(s)), 256, TEXT_NO_PIPE);
		return;
	}
	if (s->host) {
		(void)text_printable(out, slice_str(s->host), 256, TEXT_NO_PIPE);
		(void)buf_add_char(out, ' ');
	}
	(void)buf_addf(out, "port %u", (unsigned)settings_port(s));
}

void line_server_text(struct buf *out, struct slice text, size_t max)
{
	struct buf one;

	buf_init(&one, text.n + 1);
	while (text.n) {
		struct slice line = slice_cut(&text, '\n');

		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (one.n && line.n)
			(void)buf_add_char(&one, ' ');
		(void)buf_add_slice(&one, line);
	}
	(void)text_printable(out, buf_slice(&one), max, TEXT_NO_PIPE);
	buf_fini(&one);
}

static bool plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '.' || c == '-' || c == '_' || c == '+' || c == '/';
}

/* The length of an APOP stamp "<left@right>" at p, of the characters of names, numbers and base64
 * with its padding: what a browser makes of it has no attribute of any use. 0 otherwise. */
static size_t plain_stamp(const char *p)
{
	size_t n = 1, at;

	while (plain(p[n]))
		n++;
	for (size_t padding = 0; p[n] == '=' && padding < 2; padding++)
		n++;
	at = n;
	if (at == 1 || p[n++] != '@')
		return 0;
	while (plain(p[n]) && p[n] != '/')
		n++;
	return n > at + 1 && p[n] == '>' ? n + 1 : 0;
}

void line_defuse_tags(char *text)
{
	while (*text) {
		size_t n = *text == '<' ? plain_stamp(text) : 0;

		if (n) {
			text += n;
			continue;
		}
		if (*text == '<' || *text == '>')
			*text = *text == '<' ? '(' : ')';
		text++;
	}
}
