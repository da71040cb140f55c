namespace Winnow.Data.Formats;

/// <summary>
/// The binary form of CIFAR-10 (a label byte, then 3 x 32 x 32 bytes a record) and CIFAR-100 (a coarse label, a fine label, then the
/// bytes). Raw or gzipped.
/// </summary>
public static class Cifar
{
    /// <summary>Bytes of one image: 3 channels, 32 rows, 32 columns.</summary>
    public const int ImageBytes = 3 * 32 * 32;

    /// <summary>Reads one file.</summary>
    /// <param name="stream">Read to its end, stays open.</param>
    /// <param name="name">The file's name for messages.</param>
    /// <param name="classes">10, or 100 (then the fine label is taken).</param>
    /// <returns>The pixels in the order sample, channel, row, column, and one label a sample.</returns>
    /// <exception cref="DataFormatException">Any damage, with its offset. Memory stays in proportion to what the stream really holds.</exception>
    public static (ReadOnlyMemory<byte> Pixels, int[] Labels) Read(Stream stream, string name, int classes)
    {
        var pixels = new GrowingBuffer();
        var labels = new List<int>();
        Append(stream, name, classes, pixels, labels);
        return (pixels.WrittenMemory, [.. labels]);
    }

    internal static void Append(Stream stream, string name, int classes, GrowingBuffer pixels, List<int> labels)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (classes is not (10 or 100))
        {
            throw new ArgumentOutOfRangeException(nameof(classes), classes, "CIFAR has 10 or 100 classes.");
        }

        int labelBytes = classes == 10 ? 1 : 2, record = labelBytes + ImageBytes;
        using var source = ByteSource.Open(stream, name);
        if (source.Remaining >= 0)
        {
            if (source.Remaining % record != 0)
            {
                throw source.Error(source.Remaining / record * record, $"records of {record} bytes (CIFAR-{classes})",
                    $"{source.Remaining % record} bytes left over in {source.Remaining}", "The file is truncated or of another kind.");
            }

            pixels.Reserve(source.Remaining / record * ImageBytes);
        }

        Span<byte> head = stackalloc byte[labelBytes];
        var before = labels.Count;
        while (source.ReadSome(head[..1]) == 1)
        {
            var at = source.Offset - 1;
            if (labelBytes == 2)
            {
                if (head[0] >= 20)
                {
                    throw source.Error(at, "a coarse label in [0, 20)", $"{head[0]}", "The file is damaged or isn't CIFAR-100.");
                }

                source.Read(head[1..], "a fine label");
            }

            var label = head[labelBytes - 1];
            if (label >= classes)
            {
                throw source.Error(source.Offset - 1, $"a label in [0, {classes})", $"{label}", $"The file is damaged or isn't CIFAR-{classes}.");
            }

            if (pixels.Length + (long)ImageBytes > SampleSet.MaxBytes)
            {
                throw source.Error(at, $"at most {SampleSet.MaxBytes} bytes of samples", "more");
            }

            source.Read(pixels, ImageBytes, "an image");
            labels.Add(label);
        }

        if (labels.Count == before)
        {
            throw source.Error(0, $"records of {record} bytes (CIFAR-{classes})", "an empty file");
        }
    }
}
