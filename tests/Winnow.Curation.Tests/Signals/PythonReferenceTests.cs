using System.Text.Json;
using Winnow.Curation.Resampling;
using Winnow.Curation.Signals;

namespace Winnow.Curation.Tests.Signals;

/// <summary>Values that Python computed by the published rules (tests/Golden/text-signals/make.py): white space, lower case, normal forms and classes of characters must be Python's.</summary>
public class PythonReferenceTests
{
    [Fact]
    public void Signals_and_buckets_are_those_of_python()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root(), "tests/Golden/text-signals/reference.json")));
        var buckets = new NGramBuckets();
        var cases = 0;
        foreach (var one in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            var text = Texts.Bytes(one.GetProperty("text").GetString()!);
            Assert.Equal(one.GetProperty("buckets").EnumerateArray().Select(static b => b.GetInt32()), buckets.Read(text).ToArray());
            var signals = one.GetProperty("signals").EnumerateObject().ToList();
            var evaluator = new SignalEvaluator(SignalCatalog.Resolve(signals.Select(static s => s.Name)));
            var values = new double[signals.Count];
            evaluator.Compute(text, values);
            for (var i = 0; i < values.Length; i++)
            {
                var expected = signals[i].Value.ValueKind == JsonValueKind.Null ? double.NaN : signals[i].Value.GetDouble();
                Assert.True(double.IsNaN(expected) ? double.IsNaN(values[i]) : Math.Abs(values[i] - expected) <= 1e-12 * Math.Max(1, expected), $"text {cases}: {signals[i].Name} is {values[i]}, not {expected}");
            }

            cases++;
        }

        Assert.Equal(53, cases);
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Winnow.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests lie outside the repository.");
        }

        return folder;
    }
}
