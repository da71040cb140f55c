using System.Globalization;

namespace Winnow.Selection;

/// <summary>
/// Whether to keep the hard samples or the easy ones, from pilots on fewer samples. Sorscher et al. (Beyond neural scaling laws, NeurIPS 2022): hard ones where data are abundant, easy ones where they
/// are scarce. Where scarce ends depends on network and data, so that it is measured: a <see cref="ScalingLaw"/> is fitted to pilots that kept the hard ones, another to pilots that kept the easy ones,
/// both of the same share, and the lower at the size that is asked for says what to keep.
/// </summary>
public sealed record AbundancePlan
{
    // How far beyond the pilots and the size that is asked for a crossing is looked for.
    private const double Reach = 1000;
    private const int Places = 4000;

    /// <summary>How many samples there are to choose from.</summary>
    public required double Samples { get; init; }

    /// <summary>The law of the pilots that kept the hard samples.</summary>
    public required ScalingLaw Hard { get; init; }

    /// <summary>The law of the pilots that kept the easy samples.</summary>
    public required ScalingLaw Easy { get; init; }

    /// <summary>Whether the hard samples are to be kept, and not the easy ones: which law is lower at <see cref="Samples"/>.</summary>
    public bool KeepHard => Hard.At(Samples) < Easy.At(Samples);

    /// <summary>Whether the answer stays the same when the pilots of any one size are left out. Where it doesn't, the pilots don't tell, and more or larger ones are needed.</summary>
    public required bool Settled { get; init; }

    /// <summary>From how many samples on the hard ones are better, which up to there the easy ones were; null where there is no such number within a thousandth of the smallest pilot to a thousand times the largest, or <see cref="Samples"/>.</summary>
    public required double? HardFrom { get; init; }

    /// <summary>How many times as many samples as the largest pilot had there are to choose from: what is beyond 1 is extrapolated.</summary>
    public required double Extrapolation { get; init; }

    /// <summary>Fits both laws and compares them.</summary>
    /// <param name="hardSamples">How many samples the pilots chose from that kept the hard ones: before the choice, a number a run, of three different sizes at least.</param>
    /// <param name="hardErrors">Their test errors, finite and above 0.</param>
    /// <param name="easySamples">The same of those that kept the easy ones; of the same sizes.</param>
    /// <param name="easyErrors">Their test errors.</param>
    /// <param name="samples">How many samples there are to choose from; finite, at least 1.</param>
    /// <exception cref="SelectionException">There are too few sizes, the two kinds of pilots are of different ones, or a number is out of range.</exception>
    public static AbundancePlan Of(ReadOnlySpan<double> hardSamples, ReadOnlySpan<double> hardErrors, ReadOnlySpan<double> easySamples, ReadOnlySpan<double> easyErrors, double samples)
    {
        if (!(samples >= 1) || !double.IsFinite(samples))
        {
            throw new SelectionException(string.Create(CultureInfo.InvariantCulture, $"{samples} samples is no number to choose from; give a number, at least 1."));
        }

        var (hard, easy) = (ScalingLaw.Fit(hardSamples, hardErrors), ScalingLaw.Fit(easySamples, easyErrors));
        var sizes = ScalingLaw.Sizes(hardSamples);
        if (!sizes.SequenceEqual(ScalingLaw.Sizes(easySamples)))
        {
            throw new SelectionException(
                $"the pilots that kept hard samples are of {ScalingLaw.Text(sizes)} samples and those that kept easy ones of {ScalingLaw.Text(ScalingLaw.Sizes(easySamples))}; run both at the same sizes, or the difference may be that of the sizes.");
        }

        var keepHard = hard.At(samples) < easy.At(samples);
        var settled = hard.At(samples) != easy.At(samples);
        foreach (var size in sizes)
        {
            // With as many parameters as the whole has, so that what changes is the data.
            var withFloor = sizes.Length > ScalingLaw.LeastSizes;
            settled = settled && Without(hardSamples, hardErrors, size, withFloor).At(samples) < Without(easySamples, easyErrors, size, withFloor).At(samples) == keepHard;
        }

        return new AbundancePlan
        {
            Samples = samples,
            Hard = hard,
            Easy = easy,
            Settled = settled,
            HardFrom = Crossing(hard, easy, sizes[0] / Reach, Math.Max(samples, sizes[^1]) * Reach),
            Extrapolation = samples / sizes[^1],
        };
    }

    private static ScalingLaw Without(ReadOnlySpan<double> samples, ReadOnlySpan<double> errors, double size, bool withFloor)
    {
        var (rest, of) = (new List<double>(), new List<double>());
        for (var i = 0; i < samples.Length; i++)
        {
            if (samples[i] != size)
            {
                rest.Add(samples[i]);
                of.Add(errors[i]);
            }
        }

        return ScalingLaw.Fit([.. rest], [.. of], withFloor);
    }

    /// <summary>The last number of samples at which the hard ones become better.</summary>
    private static double? Crossing(ScalingLaw hard, ScalingLaw easy, double low, double high)
    {
        low = Math.Max(1, low);
        double? found = null;
        var ratio = Math.Log(high / low) / Places;
        for (var k = 0; k < Places; k++)
        {
            var (left, right) = (low * Math.Exp(ratio * k), low * Math.Exp(ratio * (k + 1)));
            if (hard.At(left) < easy.At(left) || hard.At(right) >= easy.At(right))
            {
                continue;
            }

            for (var step = 0; step < 60; step++)
            {
                var middle = (left + right) / 2;
                (left, right) = hard.At(middle) < easy.At(middle) ? (left, middle) : (middle, right);
            }

            found = right;
        }

        return found;
    }
}
