using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Winnow.Data.Pictures;

/// <summary>Decoded pictures: those that could be used, one after the other, and what is wrong with the others.</summary>
/// <param name="Pixels">Of the usable ones, in the order of their files.</param>
/// <param name="Problems">By a file's place, in ascending order.</param>
internal sealed record DecodedPictures(byte[] Pixels, IReadOnlyList<(int Place, string Problem)> Problems);

/// <summary>
/// Keeps what was decoded, in a file for each folder and size. It begins with a key over all that the pixels depend on and ends with a checksum over everything before: a file of
/// other pictures, or one that is damaged, counts as none.
/// </summary>
/// <param name="folder">Where the files are.</param>
/// <param name="source">The folder of the pictures.</param>
/// <param name="side">The side that they are scaled to.</param>
/// <param name="planes">Bytes a pixel.</param>
internal sealed class PictureCache(string folder, string source, int side, int planes = 3)
{
    /// <summary>How long a file is kept that nobody reads.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    private const string Ending = ".pictures";

    private static ReadOnlySpan<byte> Magic => "winnow pictures 1\n"u8;

    // The same folder with other pictures in it takes the same file: old ones don't pile up.
    private readonly string _path = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{Path.GetFullPath(source)}\n{side}{(planes == 3 ? "" : $"\n{planes}")}"))))[..32] + Ending);

    /// <summary>A hash over everything that decoded pixels depend on: names, lengths and times of the files, the size, and what decodes.</summary>
    /// <param name="entries">The files.</param>
    /// <param name="side">The size.</param>
    /// <param name="kind">What is made of them where it isn't the plain picture, and by which rules.</param>
    public static byte[] Key(IEnumerable<PictureEntry> entries, int side, string kind = "")
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{PictureDecoder.Identity}\n{side}{kind}\n")));
        foreach (var entry in entries)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{entry.Name.Length} {entry.Name} {entry.Length} {entry.Modified}\n")));
        }

        return hash.GetHashAndReset();
    }

    /// <summary>
    /// What is kept; where nothing is, what <paramref name="decode"/> gives, kept from now on. Several processes that want the same at once decode it once: the others wait
    /// for the first.
    /// </summary>
    /// <param name="key">From <see cref="Key"/>.</param>
    /// <param name="count">How many files there are.</param>
    /// <param name="decode">Decodes them.</param>
    /// <param name="problem">Why it couldn't be kept; null where it was.</param>
    public DecodedPictures FindOrMake(ReadOnlySpan<byte> key, int count, Func<DecodedPictures> decode, out string? problem)
    {
        problem = null;
        if (Find(key, count) is { } found)
        {
            return found;
        }

        using var turn = TakeTurn();
        if (turn is not null && Find(key, count) is { } meanwhile)
        {
            return meanwhile;
        }

        var decoded = decode();
        try
        {
            Keep(key, decoded);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problem = error.Message.TrimEnd('.');
        }

        return decoded;
    }

    private DecodedPictures? Find(ReadOnlySpan<byte> key, int count)
    {
        try
        {
            using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            var found = Read(file, key, count);
            if (found is not null)
            {
                Touch();
            }

            return found;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Touch()
    {
        try
        {
            File.SetLastWriteTimeUtc(_path, TimeProvider.System.GetUtcNow().UtcDateTime);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is read all the same, and made anew should it be removed for its age.
        }
    }

    // magic, key, length of the list of problems, the list, the pixels, checksum.
    private DecodedPictures? Read(FileStream file, ReadOnlySpan<byte> key, int count)
    {
        var head = new byte[Magic.Length + SHA256.HashSizeInBytes + sizeof(int)];
        if (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || !head.AsSpan().StartsWith(Magic) || !head.AsSpan(Magic.Length, key.Length).SequenceEqual(key))
        {
            return null;
        }

        var listed = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(head.Length - sizeof(int)));
        var rest = file.Length - head.Length - SHA256.HashSizeInBytes;
        if (listed < 0 || listed > rest || rest - listed > Array.MaxLength)
        {
            return null;
        }

        byte[] list = new byte[listed], sum = new byte[SHA256.HashSizeInBytes];
        var pixels = GC.AllocateUninitializedArray<byte>((int)(rest - listed));
        file.ReadExactly(list);
        file.ReadExactly(pixels);
        file.ReadExactly(sum);
        if (!Checksum(head, list, pixels).AsSpan().SequenceEqual(sum))
        {
            return null;
        }

        var problems = new List<(int, string)>();
        using var reader = new BinaryReader(new MemoryStream(list), Encoding.UTF8);
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            problems.Add((reader.ReadInt32(), reader.ReadString()));
        }

        return pixels.Length == (long)(count - problems.Count) * planes * side * side ? new(pixels, problems) : null;
    }

    private void Keep(ReadOnlySpan<byte> key, DecodedPictures decoded)
    {
        Directory.CreateDirectory(folder);
        RemoveOld();
        using var list = new MemoryStream();
        using (var writer = new BinaryWriter(list, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(decoded.Problems.Count);
            foreach (var (place, problem) in decoded.Problems)
            {
                writer.Write(place);
                writer.Write(problem);
            }
        }

        var length = (int)list.Length;
        byte[] head = [.. Magic, .. key, .. MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in length))];
        var sum = Checksum(head, list.ToArray(), decoded.Pixels);
        AtomicFile.Write(_path, stream =>
        {
            stream.Write(head);
            stream.Write(list.GetBuffer(), 0, length);
            stream.Write(decoded.Pixels);
            stream.Write(sum);
        });
    }

    private static byte[] Checksum(params ReadOnlySpan<byte[]> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts)
        {
            hash.AppendData(part);
        }

        return hash.GetHashAndReset();
    }

    /// <summary>Waits until no other process decodes the same; null where waiting isn't possible, and then every process decodes for itself.</summary>
    private FileStream? TakeTurn()
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        var path = _path + ".lock";
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException error) when (File.Exists(path) && error is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
            {
                // Held by who decodes; the system lets go of it if that process dies.
                Thread.Sleep(50);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }

    // Nobody else knows when they aren't needed any more.
    private void RemoveOld()
    {
        var oldest = TimeProvider.System.GetUtcNow().UtcDateTime - Kept;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*" + Ending + "*").Where(file => file.LastWriteTimeUtc < oldest))
        {
            try
            {
                file.Delete();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It isn't ours to remove, and in nobody's way.
            }
        }
    }
}
