using System.Security.Cryptography;

namespace Winnow.Checkpoints;

/// <summary>
/// Collects named arrays and facts and writes them as one checkpoint: a safetensors file, which holds no code, with a checksum for every
/// array. A program's own state can stand beside a pruner's.
/// </summary>
/// <remarks>Arrays aren't copied: they must not change until <see cref="WriteTo"/> has returned.</remarks>
public sealed class CheckpointWriter
{
    private readonly List<Section> _sections = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal) { SafetensorsHeader.MetadataName, CheckpointFormat.Checksums };
    private readonly SortedDictionary<string, string> _facts = new(StringComparer.Ordinal) { [CheckpointFormat.VersionFact] = CheckpointFormat.Version };

    /// <summary>Adds a fact: what the checkpoint belongs to, or a number of its state.</summary>
    /// <param name="name">Its name, such as <c>pruner.seed</c>, once in a checkpoint.</param>
    /// <param name="value">Any text.</param>
    /// <exception cref="ArgumentException">The name is empty or taken.</exception>
    public void Fact(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        if (!_facts.TryAdd(name, value))
        {
            throw new ArgumentException($"the fact \"{name}\" is given twice; names must differ", nameof(name));
        }
    }

    /// <summary>Adds an array.</summary>
    /// <typeparam name="T">float, double, int, long, ulong, bool, or any type of one byte.</typeparam>
    /// <param name="name">Its name, such as <c>samples.loss</c>, once in a checkpoint.</param>
    /// <param name="values">The elements in row-major order.</param>
    /// <param name="shape">The sizes of its dimensions; left out, it has one.</param>
    /// <exception cref="ArgumentException">The name is empty or taken, the shape has another number of elements, or the element type is another.</exception>
    public void Add<T>(string name, ReadOnlyMemory<T> values, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var type = CheckpointFormat.Name<T>() ?? throw new ArgumentException($"\"{name}\": checkpoints hold no {typeof(T).Name}; use float, double, int, long, ulong, bool or byte", nameof(values));
        if (!_names.Add(name))
        {
            throw new ArgumentException($"the array \"{name}\" is given twice; names must differ", nameof(name));
        }

        var sizes = shape.IsEmpty ? [values.Length] : shape.ToArray();
        if (sizes.Aggregate(1L, static (all, size) => checked(all * size)) != values.Length)
        {
            throw new ArgumentException($"\"{name}\": {values.Length} values don't fill the shape [{string.Join(", ", sizes)}]", nameof(shape));
        }

        _sections.Add(new(name, type, sizes, (long)values.Length * SafetensorsHeader.Size(type), take => CheckpointFormat.Bytes(values.Span, take)));
    }

    /// <summary>Writes the checkpoint in one pass and leaves the stream open; flushing it to the disk is the caller's.</summary>
    /// <param name="destination">Any stream that can be written.</param>
    public void WriteTo(Stream destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var checksums = new byte[(_sections.Count + 1) * CheckpointFormat.ChecksumLength];
        var header = Header();
        var passing = new PageCacheAdvice(destination);
        Write(0, [new("header", "U8", [header.Length], header.Length, take => take(header)), .. _sections]);
        destination.Write(checksums);

        void Write(int row, Section[] sections)
        {
            foreach (var section in sections)
            {
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                section.Bytes(bytes =>
                {
                    hash.AppendData(bytes);
                    destination.Write(bytes);
                    passing.Passed();
                });
                hash.GetHashAndReset(checksums.AsSpan(CheckpointFormat.ChecksumLength * row++));
            }
        }
    }

    private byte[] Header() => SafetensorsHeader.Write(_facts,
        [.. _sections.Select(static section => (section.Name, section.Type, section.Shape)), (CheckpointFormat.Checksums, "U8", [_sections.Count + 1, CheckpointFormat.ChecksumLength])]);

    private sealed record Section(string Name, string Type, IReadOnlyList<long> Shape, long Length, Action<Action<ReadOnlySpan<byte>>> Bytes);
}
