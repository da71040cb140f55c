using Winnow.LabelErrors;
using Winnow.Numerics;

namespace Winnow.Tests.LabelErrors;

public sealed class LabelIssuesTests
{
    public static TheoryData<LabelFilter> Filters => [.. Enum.GetValues<LabelFilter>()];

    // The small data of cleanlab's tests/test_filter_count.py (commit 01324d4e): ten samples, of which the third alone is mislabelled.
    private static readonly float[] s_probabilities =
    [
        0.9f, 0.1f, 0, 0.6f, 0.2f, 0.2f, 0.1f, 0, 0.9f, 0.1f, 0.8f, 0.1f, 0.1f, 0.8f, 0.1f, 0.1f, 0.8f, 0.1f, 0.1f, 0.8f, 0.1f, 0.1f, 0.8f, 0.1f, 0.1f, 0.8f, 0.1f, 0.1f, 0.1f, 0.8f,
    ];

    private static readonly int[] s_labels = [0, 0, 1, 1, 1, 1, 1, 1, 1, 2];

    [Theory, MemberData(nameof(Filters))]
    public void The_one_wrong_label_is_found_by_every_filter(LabelFilter filter)
    {
        var found = LabelIssues.Find(new(s_labels, s_probabilities, 3), new() { Filter = filter });
        Assert.Equal([2], found.Ids);
        Assert.Equal(2, found.Predicted[2]);
    }

    [Fact]
    public void What_is_predicted_and_not_given()
    {
        // The first example of the same file's test of that filter.
        float[] probabilities = [0.9f, 0.1f, 0, 0.6f, 0.2f, 0.2f, 0.3f, 0.3f, 0.4f, 0.1f, 0.1f, 0.8f, 0.4f, 0.5f, 0.1f];
        var found = LabelIssues.Find(new(new[] { 0, 0, 1, 1, 2 }, probabilities, 3), new() { Filter = LabelFilter.PredictedNotGiven });
        Assert.Equal([2, 3, 4], found.Ids.Order());
        // Worst first: probabilities 0.1, 0.1 and 0.3 of the own class, equal ones by id.
        Assert.Equal([3, 4, 2], found.Ids);
    }

    [Theory, MemberData(nameof(Filters))]
    public void Certain_and_right_probabilities_leave_nothing_to_find(LabelFilter filter)
    {
        int[] labels = [0, 1, 2, 0, 1, 2, 2];
        var found = LabelIssues.Find(new(labels, labels.SelectMany(static label => new[] { label == 0 ? 1f : 0, label == 1 ? 1f : 0, label == 2 ? 1f : 0 }).ToArray(), 3), new() { Filter = filter });
        Assert.Empty(found.Ids);
        Assert.All(found.Quality, static quality => Assert.Equal(1, quality));
    }

    [Theory, MemberData(nameof(Filters))]
    public void Flipped_labels_among_confident_ones_are_found(LabelFilter filter)
    {
        var (labels, probabilities, flipped) = Noisy(600, 4, every: 20, confidence: 0.9f);
        var found = LabelIssues.Find(new(labels, probabilities, 4), new() { Filter = filter });
        // A flipped one that is less sure than the threshold of its class may be passed over.
        Assert.Empty(found.Ids.Except(flipped));
        Assert.InRange(found.Ids.Length, flipped.Length * 4 / 5, flipped.Length);
    }

    [Fact]
    public void The_joint_counts_by_thresholds_and_is_calibrated_to_the_labels()
    {
        var (labels, probabilities, _) = Noisy(500, 3, every: 7, confidence: 0.7f);
        var samples = new PredictedClasses(labels, probabilities, 3);
        var joint = ConfidentJoint.Of(samples);
        // By brute force.
        var thresholds = Enumerable.Range(0, 3).Select(c => Enumerable.Range(0, 500).Where(i => labels[i] == c).Average(i => (double)probabilities[(3 * i) + c])).ToArray();
        Assert.Equal(thresholds, joint.Thresholds.ToArray(), Close);
        for (var given = 0; given < 3; given++)
        {
            for (var other = 0; other < 3; other++)
            {
                var count = Enumerable.Range(0, 500).Count(i => labels[i] == given
                    && Enumerable.Range(0, 3).Where(c => probabilities[(3 * i) + c] >= thresholds[c] - 1e-6).OrderByDescending(c => probabilities[(3 * i) + c]).Cast<int?>().FirstOrDefault() == other);
                Assert.Equal(given == other ? Math.Max(1, count) : count, joint.Count(given, other));
            }
        }

        var calibrated = joint.Calibrated();
        for (var given = 0; given < 3; given++)
        {
            Assert.Equal(labels.Count(label => label == given), calibrated.AsSpan(given * 3, 3).ToArray().Sum());
        }

        static bool Close(double a, double b) => Math.Abs(a - b) < 1e-9;
    }

    [Fact]
    public void Rounding_keeps_the_sum()
    {
        Check([1.4, 1.4, 1.2], [2, 1, 1]);
        Check([1.6, 1.6, 0.8], [1, 2, 1]);
        Check([2, 3, 4], [2, 3, 4]);
        Check([0, 0, 0], [0, 0, 0]);

        static void Check(double[] exact, int[] expected)
        {
            var rounded = new int[exact.Length];
            ConfidentJoint.Round(exact, rounded);
            Assert.Equal(expected, rounded);
        }
    }

    [Fact]
    public void Qualities_are_their_formulas()
    {
        // p = (0.2, 0.5, 0.3), given 0: own 0.2, margin (0.2 - 0.5 + 1)/2, entropy 1.0296530 of ln 3.
        var samples = new PredictedClasses(new[] { 0, 0, 1 }, new[] { 0.2f, 0.5f, 0.3f, 1, 0, 0, 1, 0, 0 }, 3);
        Assert.Equal(0.2f, Quality(LabelQuality.SelfConfidence)[0], 1e-6f);
        Assert.Equal(0.35f, Quality(LabelQuality.NormalizedMargin)[0], 1e-6f);
        var x = (-(0.2 * Math.Log(0.2)) - (0.5 * Math.Log(0.5)) - (0.3 * Math.Log(0.3))) / Math.Log(3) / 0.2;
        Assert.Equal((float)(Math.Log(x + 1) / x), Quality(LabelQuality.ConfidenceWeightedEntropy)[0], 1e-6f);
        Assert.Equal([1, 0], Quality(LabelQuality.ConfidenceWeightedEntropy)[1..]);
        Assert.Equal([1, 0], Quality(LabelQuality.SelfConfidence)[1..]);

        float[] Quality(LabelQuality by) => LabelIssues.Find(samples, new() { RankBy = by }).Quality;
    }

    [Fact]
    public void A_share_of_the_noise_and_samples_that_stay()
    {
        var (labels, probabilities, flipped) = Noisy(600, 4, every: 10, confidence: 0.9f);
        var samples = new PredictedClasses(labels, probabilities, 4);
        var half = LabelIssues.Find(samples, new() { NoiseShare = 0.5 }).Ids;
        Assert.InRange(half.Length, (flipped.Length / 2) - 4, (flipped.Length / 2) + 4);
        Assert.Empty(half.Except(flipped));
        Assert.Empty(LabelIssues.Find(samples, new() { LeastPerClass = 1000 }).Ids);
        Assert.Throws<ArgumentOutOfRangeException>(static () => new LabelIssues.Options { NoiseShare = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(static () => new LabelIssues.Options { LeastPerClass = -1 });
    }

    [Fact]
    public void Permuted_samples_give_the_same_labels()
    {
        var (labels, probabilities, _) = Noisy(300, 3, every: 9, confidence: 0.8f);
        var to = Enumerable.Range(0, 300).Select(static i => (i * 77 + 13) % 300).ToArray();
        var (moved, rows) = (new int[300], new float[900]);
        for (var i = 0; i < 300; i++)
        {
            moved[to[i]] = labels[i];
            probabilities.AsSpan(i * 3, 3).CopyTo(rows.AsSpan(to[i] * 3));
        }

        foreach (var filter in Enum.GetValues<LabelFilter>())
        {
            var before = LabelIssues.Find(new(labels, probabilities, 3), new() { Filter = filter }).Ids;
            Assert.Equal(before.Select(id => to[id]).Order(), LabelIssues.Find(new(moved, rows, 3), new() { Filter = filter }).Ids.Order());
        }
    }

    [Fact]
    public void What_can_not_be_meant_is_refused_by_sample()
    {
        Refused("at least 2", [0], [1], 1);
        Refused("2 labels and 3 probabilities", [0, 1], [1, 0, 1], 2);
        Refused("label of sample 1 is 2", [0, 2], [1, 0, 0, 1], 2);
        Refused("label of sample 0 is -1", [-1, 1], [1, 0, 0, 1], 2);
        Refused("sample 1 has the probability NaN", [0, 1], [1, 0, 0, float.NaN], 2);
        Refused("sample 0 has the probability 3", [0, 1], [3, 0, 0, 1], 2);
        Refused("of sample 1 sum to 0.5", [0, 1], [1, 0, 0, 0.5f], 2);

        static void Refused(string part, int[] labels, float[] probabilities, int classes) =>
            Assert.Contains(part, Assert.Throws<LabelErrorException>(() => new PredictedClasses(labels, probabilities, classes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_samples_and_classes_without_any()
    {
        Assert.Empty(LabelIssues.Find(new(Array.Empty<int>(), Array.Empty<float>(), 2)).Ids);
        foreach (var filter in Enum.GetValues<LabelFilter>())
        {
            Assert.Empty(LabelIssues.Find(new(new[] { 0, 0, 0 }, new[] { 0.9f, 0.1f, 0, 0.8f, 0.1f, 0.1f, 0.9f, 0, 0.1f }, 3), new() { Filter = filter }).Ids);
        }
    }

    // Labels of which every so-many-th is another's than the class that the probabilities say.
    private static (int[] Labels, float[] Probabilities, int[] Flipped) Noisy(int count, int classes, int every, float confidence)
    {
        var random = Rng.Derive(8, 0, "test/noisy").Sequence();
        var (labels, probabilities, flipped) = (new int[count], new float[count * classes], new List<int>());
        for (var i = 0; i < count; i++)
        {
            var truth = (int)random.Next((uint)classes);
            var sure = confidence + (float)((random.NextDouble() - 0.5) * 0.1);
            for (var c = 0; c < classes; c++)
            {
                probabilities[(i * classes) + c] = c == truth ? sure : (1 - sure) / (classes - 1);
            }

            labels[i] = truth;
            if (i % every == every - 1)
            {
                labels[i] = (truth + 1 + (int)random.Next((uint)classes - 1)) % classes;
                flipped.Add(i);
            }
        }

        return (labels, probabilities, [.. flipped]);
    }
}
