#include "verdict.h"

#include "judge.h"
#include "vars.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

struct leaks {
	FILE *to;
	const struct result *result;
	int found;
};

static bool matches(const char *pattern, const char *text)
{
	regex_t regex;
	bool found;

	if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE) != 0)
		return false;
	found = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

/* Each pattern must (or must not) match. */
static int patterns(
	FILE *to, const char *key, const struct strings *list, const char *text, bool wanted)
{
	int wrong = 0;

	for (size_t i = 0; i < list->count; i++) {
		char *pattern = vars_fill(list->item[i], "", NULL, 0);

		if (matches(pattern, text) != wanted) {
			fprintf(to, "%s: %s /%s/\n", key, wanted ? "does not match" : "matches",
				pattern);
			wrong++;
		}
		free(pattern);
	}
	return wrong;
}

static int complain(FILE *to, const char *what)
{
	if (what == NULL)
		return 0;
	fprintf(to, "%s\n", what);
	return 1;
}

static int judge_end(FILE *to, const struct row *row, const struct result *r)
{
	const int code = WIFEXITED(r->status) ? WEXITSTATUS(r->status) : -1;

	if (r->timed_out)
		return fprintf(to, "still running after %ld ms\n", r->ms) > 0;
	if (code < 0)
		return fprintf(to, "ended by signal %d\n", WTERMSIG(r->status)) > 0;
	if (code > 3 || (row->exit_code >= 0 && code != row->exit_code))
		return fprintf(to, "exit code %d, expected %d\n", code, row->exit_code) > 0;
	return 0;
}

static const char *leak(const struct result *r, const char *secret)
{
	const char *found = leak_find(r->out.data, r->out.len, secret);

	if (found == NULL)
		found = leak_find(r->err.data, r->err.len, secret);
	for (size_t i = 0; i < r->reports.count && found == NULL; i++)
		found = leak_find(r->reports.item[i], strlen(r->reports.item[i]), secret);
	return found;
}

static void look_for(const char *secret, void *arg)
{
	struct leaks *leaks = arg;
	const char *found = leak(leaks->result, secret);

	if (found == NULL)
		return;
	fprintf(leaks->to, "the secret %s is shown (%s)\n", secret, found);
	leaks->found++;
}

/* Every password and token of the servers, not only the one that the row uses. */
static int judge_leaks(FILE *to, const struct row *row, const struct result *r)
{
	struct leaks leaks = {.to = to, .result = r};

	vars_each("_PASSWORD", look_for, &leaks);
	vars_each("_TOKEN", look_for, &leaks);
	for (size_t i = 0; i < row->secrets.count; i++)
		look_for(row->secrets.item[i], &leaks);
	return leaks.found;
}

static int judge_reason(FILE *to, const struct row *row, const char *first)
{
	char bracket[100];

	if (row->reason == NULL)
		return 0;
	snprintf(bracket, sizeof(bracket), "[%s]", row->reason);
	if (strstr(first, bracket) != NULL)
		return 0;
	return fprintf(to, "the first line does not say %s\n", bracket) > 0;
}

static int judge_output(FILE *to, const struct row *row, const struct result *r, const char *first)
{
	int wrong = complain(to, output_characters(&r->out));

	if (*first == '\0')
		return wrong + complain(to, "nothing on the first line of standard output");
	if (row->format == NULL && WIFEXITED(r->status))
		wrong += complain(to, output_classic(first, WEXITSTATUS(r->status), row->state));
	if (r->err.len > 0)
		wrong += complain(to, "standard error is not empty");
	return wrong + judge_reason(to, row, first);
}

int verdict(FILE *to, const struct row *row, const struct result *r)
{
	char *first;
	int wrong;

	if (r->trouble[0] != '\0' || r->out.data == NULL)
		return complain(to, r->trouble[0] != '\0' ? r->trouble : "no output at all");
	first = string_copy(r->out.data, strcspn(r->out.data, "\n"));
	wrong = judge_end(to, row, r);
	wrong += judge_output(to, row, r, first);
	wrong += judge_leaks(to, row, r);
	wrong += patterns(to, "out", &row->out, first, true);
	wrong += patterns(to, "out-not", &row->out_not, first, false);
	wrong += patterns(to, "full", &row->full, r->out.data, true);
	wrong += patterns(to, "full-not", &row->full_not, r->out.data, false);
	wrong += verdict_json(to, row, r->out.data);
	free(first);
	return wrong;
}
