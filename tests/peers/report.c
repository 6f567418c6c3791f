/* What was seen of each row, for people to read. */
#include "row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void report_line(FILE *out, const char *who, const struct outcome *outcome)
{
	char *text = strdup(outcome->text);

	if (strlen(text) > 400)
		strcpy(text + 400, "...");
	fprintf(out, "    %-6s %3d  %5.2f s  %s\n", who, outcome->code, outcome->seconds, text);
	if (outcome->server)
		fprintf(out, "                    server: %s\n", outcome->server);
	free(text);
}

static void report_row(FILE *out, const struct row *row)
{
	static const char *const wants[] = {"same", "code", "better"};

	fprintf(out, "## %s: %s%s%s%s\n\n   ", row->name, wants[row->want], row->id ? " " : "",
		row->id ? row->id : "", row->fault ? " - DOES NOT HOLD" : "");
	for (int i = 0; row->argv[i]; i++)
		fprintf(out, strpbrk(row->argv[i], " |\\") || !*row->argv[i] ? " '%s'" : " %s",
			row->argv[i]);
	fputc('\n', out);
	report_line(out, "theirs", &row->theirs);
	report_line(out, "ours", &row->ours);
	if (row->fault)
		fprintf(out, "\n    %s\n", row->fault);
	fputc('\n', out);
}

int rows_report(const char *path, const struct row *rows, int count)
{
	FILE *out = fopen(path, "we");

	if (!out)
		return -1;
	fputs("# Debian's check_pop and ours, side by side\n\n", out);
	for (int i = 0; i < count; i++)
		report_row(out, &rows[i]);
	return fclose(out);
}
