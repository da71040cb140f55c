// How fast one thread computes quality signals, C4's lines and DSIR's scores of texts in memory: the best of some rounds, so that other work on the machine counts little.
//
// usage: Winnow.TextSignals FILE [ROUNDS]
// FILE holds one text a line, with the two characters \n for line feeds in it. Prints a JSON line for each set of signals: documents, MB (10^6 bytes), seconds, documents and MB a second.
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Winnow.Curation.Filters;
using Winnow.Curation.Resampling;
using Winnow.Curation.Signals;

if (args.Length is not 1 and not 2)
{
    Console.Error.WriteLine("usage: Winnow.TextSignals FILE [ROUNDS]");
    return 2;
}

byte[][] texts = [.. File.ReadLines(args[0]).Select(static line => Encoding.UTF8.GetBytes(line.Replace("\\n", "\n", StringComparison.Ordinal)))];
var rounds = args.Length == 2 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
var megabytes = texts.Sum(static t => (double)t.Length) / 1e6;

foreach (var group in SignalCatalog.Groups)
{
    var evaluator = new SignalEvaluator(SignalCatalog.Resolve([group]));
    var values = new double[evaluator.Signals.Count];
    Measure(group, text => evaluator.Compute(text, values));
}

var lines = new C4Lines();
Measure("c4-lines", text => lines.Read(text));

var buckets = new NGramBuckets();
BucketHistogram raw = new(buckets.Buckets), target = new(buckets.Buckets);
for (var t = 0; t < texts.Length; t++)
{
    raw.Add(buckets.Read(texts[t]));
    if (t % 10 == 0)
    {
        target.Add(buckets.Read(texts[t]));
    }
}

var ratios = new ImportanceModel(raw, target).LogRatios.ToArray();
Measure("dsir-cold", text => buckets.Score(text, ratios), () => buckets = new());
Measure("dsir", text => buckets.Score(text, ratios));
return 0;

void Measure(string what, Action<byte[]> work, Action? before = null)
{
    var best = double.PositiveInfinity;
    for (var round = 0; round < rounds; round++)
    {
        before?.Invoke();
        var start = Stopwatch.GetTimestamp();
        foreach (var text in texts)
        {
            work(text);
        }

        best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $$"""{"what": "{{what}}", "documents": {{texts.Length}}, "mb": {{megabytes:F1}}, "seconds": {{best:F3}}, "documents_a_second": {{texts.Length / best:F0}}, "mb_a_second": {{megabytes / best:F1}}}"""));
}
