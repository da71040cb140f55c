using System.IO.Compression;
using System.Text;
using Winnow.Data;
using Winnow.Data.Formats;

namespace Winnow.Training.Models.Scripts;

/// <summary>
/// A TorchScript file as the zip archive that it is: a folder with the module's attributes (<c>data.pkl</c>), the numbers of its tensors (<c>data/0</c>, …), its
/// code (<c>code/</c>) and constants.
/// </summary>
internal sealed class ScriptArchive
{
    private readonly byte[] _file;
    private readonly string _name;

    private ScriptArchive(byte[] file, string name, IReadOnlyList<(string Name, int Length)> tensors, IReadOnlyList<string> changing) => (_file, _name, Tensors, Changing) = (file, name, tensors, changing);

    /// <summary>The entries with tensors' numbers and how many bytes each has, in the order of the file.</summary>
    public IReadOnlyList<(string Name, int Length)> Tensors { get; }

    /// <summary>Attributes that the code changes and that are no tensors, with their types.</summary>
    public IReadOnlyList<string> Changing { get; }

    /// <summary>Reads the archive once, comparing every entry's checksum, which libtorch doesn't.</summary>
    /// <param name="file">The file's bytes; not copied.</param>
    /// <param name="name">What it is called.</param>
    /// <exception cref="DataException">It is no TorchScript file, or a damaged one.</exception>
    public static ScriptArchive Open(byte[] file, string name)
    {
        var tensors = new List<(string, int)>();
        var changing = new List<string>();
        var (attributes, constants, code) = (false, false, false);
        Each(file, name, (entry, content) =>
        {
            // After the archive's folder, which may have any name.
            var path = entry.FullName[(entry.FullName.IndexOf('/', StringComparison.Ordinal) + 1)..];
            if (path.StartsWith("data/", StringComparison.Ordinal))
            {
                tensors.Add((entry.FullName, (int)entry.Length));
            }

            if (path.StartsWith("code/", StringComparison.Ordinal) && path.EndsWith(".py", StringComparison.Ordinal))
            {
                using var text = new StreamReader(content, Encoding.UTF8);
                changing.AddRange(ScriptCode.Changing(text.ReadToEnd()));
            }
            else
            {
                content.CopyTo(Stream.Null);
            }

            attributes |= path == "data.pkl";
            constants |= path == "constants.pkl";
            code |= path.StartsWith("code/", StringComparison.Ordinal);
        });
        return (attributes, constants, code) switch
        {
            (true, true, true) => new ScriptArchive(file, name, tensors, [.. changing.Distinct(StringComparer.Ordinal)]),
            (true, false, false) => throw new DataException($"{name} was written by torch.save and holds weights or Python objects, but no program. {ScriptFile.Remedy} A state dict alone is weights to begin with, as safetensors: safetensors.torch.save_file(state_dict, \"weights.safetensors\")."),
            _ => throw new DataException($"{name} is a zip archive, but not of a TorchScript module: there is no {(attributes ? constants ? "code/" : "constants.pkl" : "data.pkl")} in it. {ScriptFile.Remedy}"),
        };
    }

    /// <summary>A copy of the archive in which entries have another content. The same content gives the same bytes.</summary>
    /// <param name="content">The content of an entry with tensors' numbers, by its number in <see cref="Tensors"/> and what is in it.</param>
    public byte[] With(Func<int, byte[], byte[]> content)
    {
        var numbers = Tensors.Index().ToDictionary(static entry => entry.Item.Name, static entry => entry.Index, StringComparer.Ordinal);
        using var copy = new MemoryStream(_file.Length);
        using (var archive = new ZipArchive(copy, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8))
        {
            Each(_file, _name, (entry, stream) =>
            {
                var bytes = new MemoryStream();
                stream.CopyTo(bytes);
                var written = archive.CreateEntry(entry.FullName, entry.CompressedLength == entry.Length ? CompressionLevel.NoCompression : CompressionLevel.Optimal);
                written.LastWriteTime = new DateTimeOffset(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using var target = written.Open();
                target.Write(numbers.TryGetValue(entry.FullName, out var number) ? content(number, bytes.ToArray()) : bytes.ToArray());
            });
        }

        return copy.ToArray();
    }

    private static void Each(byte[] file, string name, Action<ZipArchiveEntry, Stream> visit)
    {
        try
        {
            using var archive = new ZipArchive(new MemoryStream(file), ZipArchiveMode.Read, leaveOpen: false, Encoding.UTF8);
            var left = SampleSet.MaxBytes;
            foreach (var entry in archive.Entries)
            {
                var place = $"{name}/{entry.FullName}";
                left -= entry.Length;
                if (left < 0)
                {
                    throw new DataFormatException(place, 0, $"at most {SampleSet.MaxBytes} bytes in all entries", "more");
                }

                using var content = CheckedZip.Open(entry, place);
                visit(entry, content);
            }
        }
        catch (Exception error) when (error is InvalidDataException or ArgumentException or NotSupportedException or OverflowException or IOException or IndexOutOfRangeException)
        {
            throw new DataException($"{name} is a damaged zip archive ({error.Message.TrimEnd('.')}); it was cut off, or altered. Fetch it or write it again.", error);
        }
    }
}
