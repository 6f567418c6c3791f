#include "help.h"

#include "options.h"
#include "probe/measures.h"
#include "version.h"

#include <string.h>

enum { WIDTH = 78 };

void help_version(struct buf *out, const char *program)
{
	(void)buf_addf(
		out, "%s v%s (pop3probe %s)\n", program, POP3PROBE_VERSION, POP3PROBE_VERSION);
}

void help_usage(struct buf *out, const char *program)
{
	(void)buf_addf(out,
		"Usage:\n"
		"%s -H host [-p port] [-4|-6] [-w range] [-c range] [-t seconds]\n"
		"    [-S|--stls] [-D days[,days]] [--sni name] [--tls-verify yes|no]\n"
		"    [-U user --pass-file file] [--auth mechanism] [--capa name,...]\n"
		"    [-e expect] [-s send] [-q quit] [-r state] [-M state] [-v]\n"
		"    [--output-format format] [--report format:file]\n"
		"%s -h says more.\n",
		program, program);
}

static void add_option(struct buf *out, const struct option_info *o)
{
	const char *help = o->help;

	if (o->letter)
		(void)buf_addf(out, " -%c, --%s", o->letter, o->name);
	else
		(void)buf_addf(out, " --%s", o->name);
	if (o->argument)
		(void)buf_addf(out, "%s%s", o->argument[0] == '[' ? "[=" : "=", o->argument);
	if (o->argument && o->argument[0] == '[')
		(void)buf_add_char(out, ']');
	(void)buf_add_char(out, '\n');
	while (*help) {
		size_t n = strcspn(help, "\n");

		(void)buf_addf(out, "    %.*s\n", (int)n, help);
		help += n + (help[n] == '\n');
	}
}

/* Names with blanks between, in lines that fit. */
static void add_wrapped(struct buf *out, size_t *column, const char *name)
{
	size_t n = strlen(name);

	if (*column + 1 + n > WIDTH) {
		(void)buf_add_str(out, "\n");
		*column = 0;
	}
	(void)buf_addf(out, "%s%s", *column ? " " : "    ", name);
	*column += n + (*column ? 1 : 4);
}

static void add_metrics(struct buf *out)
{
	size_t column = 0;

	(void)buf_add_str(out, "\nMETRICS (performance data, --limit):\n");
	for (int i = 0; i < MEASURE_COUNT; i++)
		add_wrapped(out, &column, probe_measure_name((enum probe_measure)i));
	(void)buf_add_str(out, "\n");
}

static void add_reasons(struct buf *out)
{
	size_t column = 0;

	(void)buf_add_str(out, "\nREASONS (--state), with a + warning, with a ? unknown, else "
			       "critical:\n");
	for (int i = 0; i < REASON_COUNT; i++) {
		enum probe_severity s = probe_reason_severity((enum probe_reason)i);
		const char *mark = s == SEVERITY_WARNING ? "+" : s == SEVERITY_UNKNOWN ? "?" : "";
		struct buf name;

		buf_init(&name, 64);
		(void)buf_addf(&name, "%s%s", probe_reason_name((enum probe_reason)i), mark);
		add_wrapped(out, &column, buf_str(&name));
		buf_fini(&name);
	}
	(void)buf_add_str(out, "\n");
}

static const char names_text[] =
	"\nNAMES:\n"
	"    check_pop3 is clear text on port 110; check_pop3s and check_spop3 are\n"
	"    implicit TLS on port 995. Called as check_pop or check_spop it does and\n"
	"    prints what those of the monitoring plugins do.\n"
	"\nRanges are those of the monitoring plugins: 10, 10:, ~:10, 10:20, @10:20.\n"
	"Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. See check_pop3(8).\n";

void help_full(struct buf *out, const char *program)
{
	help_version(out, program);
	(void)buf_add_str(out, "\nTests POP3 servers: greeting, TLS, certificates, capabilities, "
			       "logins.\n\n");
	help_usage(out, program);
	for (int g = 0; g < GROUP_COUNT; g++) {
		(void)buf_addf(out, "\n%s:\n", option_group_title((enum option_group)g));
		for (int i = 0; i < OPTION_COUNT; i++)
			if (option_info((enum option_id)i)->group == (enum option_group)g)
				add_option(out, option_info((enum option_id)i));
	}
	add_metrics(out);
	add_reasons(out);
	(void)buf_add_str(out, names_text);
}
