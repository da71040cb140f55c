using Winnow.Report.Text;

namespace Winnow.Report.Inspection;

/// <summary>What stands around a page of samples: one file with its style inside, which runs no script and asks for nothing from anywhere.</summary>
internal static class PlainPage
{
    /// <param name="beginning">How every page of the kind begins.</param>
    /// <param name="kind">What the kind is called.</param>
    /// <param name="title">What the page is about.</param>
    /// <param name="content">What it says.</param>
    public static string Html(string beginning, string kind, string title, Markup content) => beginning + Markup.Of($"""
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{title} - {kind}</title>
        <link rel="icon" href="data:,">
        <style>
        {new Markup(ReportPage.Resource("report.css"))}</style>
        </head>
        <body>
        <header>
        <p class="kind">{kind}</p>
        <h1>{title}</h1>
        </header>
        <main>
        {content}</main>
        </body>
        </html>

        """).Html;
}
