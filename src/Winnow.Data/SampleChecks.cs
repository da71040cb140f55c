using System.Globalization;

namespace Winnow.Data;

/// <summary>What holds of every set of samples.</summary>
internal static class SampleChecks
{
    /// <summary>Refuses a shape, bytes and labels that don't go together; returns how many numbers a sample has.</summary>
    public static int Sizes(string name, ElementType type, ReadOnlySpan<int> shape, long bytes, int labels)
    {
        long length = 1;
        foreach (var extent in shape)
        {
            if (extent <= 0)
            {
                throw new DataException($"{name}: a sample of shape {SampleSet.Describe(shape)} holds nothing; every extent must be at least 1.");
            }

            length = checked(length * extent);
        }

        var size = type == ElementType.UInt8 ? 1 : sizeof(float);
        if (shape.IsEmpty || labels == 0)
        {
            throw new DataException($"{name}: there are no samples; at least one is needed.");
        }

        if (bytes != length * size * labels)
        {
            throw new DataException($"{name}: {labels} labels but {bytes} bytes of samples; with shape {SampleSet.Describe(shape)} that "
                + $"is {length * size} bytes a sample, {length * size * labels} in all.");
        }

        return (int)length;
    }

    /// <summary>Refuses labels outside [0, classes) and returns the largest.</summary>
    public static int Labels(string name, ReadOnlySpan<int> labels, int classes)
    {
        if (classes is < 1 or > SampleSet.MaxClasses)
        {
            throw new DataException($"{name}: {classes} classes; the number of classes is in [1, {SampleSet.MaxClasses}].");
        }

        var largest = 0;
        for (var i = 0; i < labels.Length; i++)
        {
            if ((uint)labels[i] >= (uint)classes)
            {
                throw new DataException($"{name}: label {labels[i]} of sample {i} is outside [0, {classes}).");
            }

            largest = Math.Max(largest, labels[i]);
        }

        return largest;
    }

    /// <summary>Refuses NaN and infinity among the values of all samples, or of some from a position on.</summary>
    public static void Finite(string name, ReadOnlySpan<float> values, int sampleLength, int? position = null)
    {
        int first = -1, count = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                first = first < 0 ? i : first;
                count++;
            }
        }

        if (count > 0)
        {
            throw new DataException(string.Create(CultureInfo.InvariantCulture,
                $"{name}: {values[first]} at sample {(position ?? 0) + (first / sampleLength)}, value {first % sampleLength} of it; {count} of {values.Length} "
                + $"values {(position is null ? "" : "read with it ")}are NaN or infinite. Fill or drop them before, e.g. numpy.nan_to_num."));
        }
    }
}
