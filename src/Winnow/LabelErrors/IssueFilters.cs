using Winnow.Numerics;

namespace Winnow.LabelErrors;

/// <summary>The filters of <see cref="LabelFilter"/>.</summary>
internal static class IssueFilters
{
    public static bool[] Apply(PredictedClasses samples, ConfidentJoint joint, int[] predicted, LabelIssues.Options options)
    {
        switch (options.Filter)
        {
            case LabelFilter.PredictedNotGiven:
                return Predicted(samples, predicted);
            case LabelFilter.ConfidentLearning:
                return Confident(samples, joint, predicted);
            case LabelFilter.LowNormalizedMargin:
                return Lowest(samples, LabelQuality.NormalizedMargin, Confident(samples, joint, predicted).Count(static wrong => wrong));
            case LabelFilter.LowSelfConfidence:
                return Lowest(samples, LabelQuality.SelfConfidence, Confident(samples, joint, predicted).Count(static wrong => wrong));
            default:
                var counts = Counts(joint, samples.LabelCounts, options);
                var wrong = options.Filter switch
                {
                    LabelFilter.PruneByNoiseRate => ByNoiseRate(samples, counts, options.LeastPerClass),
                    LabelFilter.PruneByClass => ByClass(samples, counts, options.LeastPerClass),
                    LabelFilter.Both => [.. ByNoiseRate(samples, counts, options.LeastPerClass).Zip(ByClass(samples, counts, options.LeastPerClass), static (a, b) => a && b)],
                    _ => throw new ArgumentOutOfRangeException(nameof(options), options.Filter, "there is no such filter."),
                };
                return And(wrong, samples, predicted);
        }
    }

    private static bool[] Predicted(PredictedClasses samples, int[] predicted) => [.. predicted.Select((c, i) => c != samples.Label(i))];

    private static bool[] Confident(PredictedClasses samples, ConfidentJoint joint, int[] predicted)
    {
        var wrong = new bool[samples.Count];
        for (var i = 0; i < wrong.Length; i++)
        {
            wrong[i] = joint.Confident(samples.Of(i)) is { } confident && confident != samples.Label(i);
        }

        return And(wrong, samples, predicted);
    }

    // A label that the model itself would give isn't taken for wrong.
    private static bool[] And(bool[] wrong, PredictedClasses samples, int[] predicted)
    {
        for (var i = 0; i < wrong.Length; i++)
        {
            wrong[i] &= predicted[i] != samples.Label(i);
        }

        return wrong;
    }

    private static bool[] Lowest(PredictedClasses samples, LabelQuality quality, int count)
    {
        var wrong = new bool[samples.Count];
        foreach (var id in Enumerable.Range(0, samples.Count).OrderBy(id => quality.Of(samples, id)).ThenBy(static id => id).Take(count))
        {
            wrong[id] = true;
        }

        return wrong;
    }

    /// <summary>How many of each given class (rows) are taken for each class: of the share of the noise that is looked for, with so many left in each class.</summary>
    private static int[] Counts(ConfidentJoint joint, int[] given, LabelIssues.Options options)
    {
        var counts = joint.Calibrated();
        var classes = joint.Classes;
        for (var k = 0; k < classes; k++)
        {
            var row = counts.AsSpan(k * classes, classes);
            if (options.NoiseShare < 1)
            {
                var exact = new double[classes];
                double left = given[k];
                for (var j = 0; j < classes; j++)
                {
                    exact[j] = row[j] * options.NoiseShare;
                    left -= j == k ? 0 : exact[j];
                }

                exact[k] = left;
                ConfidentJoint.Round(exact, row);
            }

            // From the largest of the others, until as many are left.
            while (row[k] < Math.Min(options.LeastPerClass, given[k]))
            {
                var largest = k == 0 ? 1 : 0;
                for (var j = 0; j < classes; j++)
                {
                    largest = j != k && row[j] > row[largest] ? j : largest;
                }

                row[largest]--;
                row[k]++;
            }
        }

        return counts;
    }

    private static bool[] ByNoiseRate(PredictedClasses samples, int[] counts, int least)
    {
        var wrong = new bool[samples.Count];
        var members = ClassMembers.Of(samples.Labels, samples.Classes);
        for (var k = 0; k < samples.Classes; k++)
        {
            for (var j = 0; j < samples.Classes && members[k].Length > least; j++)
            {
                var count = counts[(k * samples.Classes) + j];
                if (j == k || count == 0)
                {
                    continue;
                }

                double[] margins = [.. members[k].Select(id => (double)samples.Of(id)[j] - samples.Of(id)[k])];
                var sorted = (double[])margins.Clone();
                Array.Sort(sorted);
                var limit = sorted[^count];
                for (var m = 0; m < margins.Length; m++)
                {
                    wrong[members[k][m]] |= margins[m] >= limit;
                }
            }
        }

        return wrong;
    }

    private static bool[] ByClass(PredictedClasses samples, int[] counts, int least)
    {
        var wrong = new bool[samples.Count];
        var members = ClassMembers.Of(samples.Labels, samples.Classes);
        for (var k = 0; k < samples.Classes; k++)
        {
            var count = members[k].Length - counts[(k * samples.Classes) + k];
            if (members[k].Length <= least || count <= 0)
            {
                continue;
            }

            float[] own = [.. members[k].Select(id => samples.Of(id)[k])];
            Array.Sort(own);
            var limit = count < own.Length ? own[count] : float.PositiveInfinity;
            foreach (var id in members[k])
            {
                wrong[id] = samples.Of(id)[k] < limit;
            }
        }

        return wrong;
    }
}
