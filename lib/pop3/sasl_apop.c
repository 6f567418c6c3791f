/* APOP (RFC 1939 section 7). A man in the middle who may choose the timestamp freely can work out
 * the first characters of the password from MD5 collisions, which need octets that no msg-id has
 * (CVE-2007-1558): hence the strict grammar. */
#include "pop3/sasl.h"

#include <string.h>

enum { MD5_OCTETS = 16 };

/* RFC 5322 section 3.2.3 */
static bool is_atext(unsigned char c)
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
		return true;
	return c && strchr("!#$%&'*+-/=?^_`{|}~", c);
}

/* dot-atom-text = 1*atext *("." 1*atext); the octets it takes from the front of s, 0: none there.
 */
static size_t dot_atom_text(struct slice s)
{
	size_t n = 0, end = 0;

	while (n < s.n && is_atext(s.p[n])) {
		while (n < s.n && is_atext(s.p[n]))
			n++;
		end = n;
		if (n < s.n && s.p[n] == '.')
			n++;
	}
	return end;
}

/* no-fold-literal = "[" *dtext "]"; dtext is printable but for "[", "]" and "\" */
static size_t no_fold_literal(struct slice s)
{
	size_t n = 1;

	if (s.n == 0 || s.p[0] != '[')
		return 0;
	while (n < s.n && s.p[n] > 0x20 && s.p[n] < 0x7f && !strchr("[]\\", s.p[n]))
		n++;
	return n < s.n && s.p[n] == ']' ? n + 1 : 0;
}

static struct slice behind(struct slice s, size_t n)
{
	return (struct slice){s.p + n, s.n - n};
}

/* msg-id = "<" id-left "@" id-right ">" (RFC 5322 section 3.6.4, without its obsolete forms); the
 * octets it takes from the front of s, 0: none there. */
static size_t msg_id(struct slice s)
{
	struct slice rest;
	size_t n;

	if (s.n == 0 || s.p[0] != '<')
		return 0;
	rest = behind(s, 1);
	n = dot_atom_text(rest);
	if (n == 0 || n == rest.n || rest.p[n] != '@')
		return 0;
	rest = behind(rest, n + 1);
	n = dot_atom_text(rest);
	if (n == 0)
		n = no_fold_literal(rest);
	if (n == 0 || n == rest.n || rest.p[n] != '>')
		return 0;
	return (size_t)(rest.p - s.p) + n + 1;
}

bool apop_timestamp(struct slice greeting, struct slice *stamp)
{
	for (size_t at = greeting.n; at-- > 0;) {
		size_t n = msg_id(behind(greeting, at));

		if (n > 0) {
			*stamp = (struct slice){greeting.p + at, n};
			return true;
		}
	}
	return false;
}

static void write_hex(const unsigned char *digest, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < MD5_OCTETS; i++) {
		*out++ = digits[digest[i] >> 4];
		*out++ = digits[digest[i] & 15];
	}
	*out = '\0';
}

bool apop_digest(const struct crypto_ops *crypto, struct slice stamp, const struct secret *secret,
	char out[33])
{
	unsigned char digest[MD5_OCTETS];
	struct slice octets = secret_slice(secret);
	struct buf data;
	bool done;

	if (!crypto || stamp.n == 0 || octets.n == 0 || octets.n > (size_t)-1 - stamp.n)
		return false;
	buf_init_secret(&data, stamp.n + octets.n);
	done = buf_add_slice(&data, stamp) && buf_add_slice(&data, octets) &&
	       crypto->digest(CRYPTO_MD5, buf_slice(&data), digest);
	if (done)
		write_hex(digest, out);
	buf_fini(&data);
	return done;
}
