using Winnow.Plans;
using Winnow.Policies;

namespace Winnow.Tests.Architecture;

/// <summary>The README's code is code: it stands below word for word, compiled and run.</summary>
public class ReadmeTests
{
    static int s_visited;

    [Fact]
    public void Shows_a_loop_that_compiles_and_runs()
    {
        const int count = 300;
        // README
        var pruner = new Pruner(count, PolicyCatalog.Parse("infobatch:keep=0.5"), new() { Epochs = 200, Seed = 1 });   // 1
        for (int epoch = 0; epoch < 200; epoch++)
            foreach (PlannedBatch batch in pruner.Plan(epoch).Batches(128))       // 2: instead of your shuffled batches
            {
                float[] losses = Step(batch);                                     // multiply each loss by its weight (CopyWeights)
                pruner.Observe(batch, losses);                                    // 3: the raw losses
            }
        // END
        Assert.Equal(s_visited, pruner.Statistics.Planned);
        Assert.InRange(pruner.Statistics.Saved, 0.1, 0.5);
    }

    [Fact]
    public void Has_the_same_loop_as_the_test_above()
    {
        string[] lines = Repository.File("tests/Winnow.Tests/Architecture/ReadmeTests.cs").Split('\n');
        int start = Array.FindIndex(lines, static l => l.Trim() == "// README") + 1, end = Array.FindIndex(lines, static l => l.Trim() == "// END");
        int indent = lines[start].Length - lines[start].TrimStart().Length;
        string code = string.Join('\n', lines[start..end].Select(l => l[indent..]));
        Assert.Contains($"```csharp\n{code}\n```", Repository.File("README.md"), StringComparison.Ordinal);
    }

    // Losses with a long right tail, as cross-entropy has.
    static float[] Step(PlannedBatch batch)
    {
        s_visited += batch.Count;
        return [.. batch.Ids.ToArray().Select(static id => 100f / (1 + (id * id)))];
    }
}
