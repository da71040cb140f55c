using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Winnow.Data.Files;

namespace Winnow.Data.Pictures;

/// <summary>Decoded pictures: those that could be used, one after the other, and what is wrong with the others.</summary>
/// <param name="Pixels">Of the usable ones, in the order of their files.</param>
/// <param name="Problems">By a file's place, in ascending order.</param>
internal sealed record DecodedPictures(byte[] Pixels, IReadOnlyList<(int Place, string Problem)> Problems);

/// <summary>The same in a file of the cache.</summary>
/// <param name="Path">The file.</param>
/// <param name="Offset">Where the pixels begin.</param>
/// <param name="Content">What tells them from others: the key by which they are found.</param>
/// <param name="Problems">By a file's place, in ascending order.</param>
internal sealed record KeptPictures(string Path, long Offset, string Content, IReadOnlyList<(int Place, string Problem)> Problems)
{
    /// <summary>Some of the usable ones, one after the other.</summary>
    /// <param name="first">The first one's place among the usable ones.</param>
    /// <param name="count">How many.</param>
    /// <param name="length">Bytes that one has.</param>
    /// <param name="cacheFolder">Where is kept what is found out by reading all of them.</param>
    public SampleFiles Samples(int first, int count, int length, string? cacheFolder) => new([new SampleFile(Path, Offset + ((long)first * length), count, Content)], length, cacheFolder);
}

/// <summary>
/// Keeps what was decoded, in a file for each folder and size: a key over all that the pixels depend on, the pixels, the list of problems with its length, and a checksum over
/// everything before. A file of other pictures, or one that is damaged, counts as none.
/// </summary>
/// <param name="folder">Where the files are.</param>
/// <param name="source">The folder of the pictures.</param>
/// <param name="side">The side that they are scaled to.</param>
/// <param name="planes">Bytes a pixel.</param>
internal sealed class PictureCache(string folder, string source, int side, int planes = 3)
{
    private const string Ending = ".pictures";
    private const int Tail = sizeof(int) + SHA256.HashSizeInBytes;

    private static ReadOnlySpan<byte> Magic => "winnow pictures 2\n"u8;

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
    /// What is kept, in memory; where nothing is, what <paramref name="decode"/> gives, kept from now on. Several processes that want the same at once decode it once: the others
    /// wait for the first.
    /// </summary>
    /// <param name="key">From <see cref="Key"/>.</param>
    /// <param name="count">How many files there are.</param>
    /// <param name="decode">Decodes them.</param>
    /// <param name="problem">Why it couldn't be kept; null where it was.</param>
    public DecodedPictures FindOrMake(byte[] key, int count, Func<DecodedPictures> decode, out string? problem)
    {
        problem = null;
        if (Find(key, count, Load) is { } found)
        {
            return found;
        }

        using var turn = TakeTurn();
        if (turn is not null && Find(key, count, Load) is { } meanwhile)
        {
            return meanwhile;
        }

        var decoded = decode();
        try
        {
            Keep(key, [decoded]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problem = error.Message.TrimEnd('.');
        }

        return decoded;
    }

    /// <summary>The same for pictures that stay in the file, of which never more than a piece is in memory.</summary>
    /// <param name="key">From <see cref="Key"/>.</param>
    /// <param name="count">How many files there are.</param>
    /// <param name="decode">Decodes them, piece by piece in their order.</param>
    /// <exception cref="IOException">The file can't be written, or was taken away at once.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public KeptPictures FindOrKeep(byte[] key, int count, Func<IEnumerable<DecodedPictures>> decode)
    {
        if (Find(key, count, Check) is { } found)
        {
            return found;
        }

        using var turn = TakeTurn();
        if (turn is not null && Find(key, count, Check) is { } meanwhile)
        {
            return meanwhile;
        }

        Keep(key, decode());
        return Find(key, count, Check) ?? throw new IOException($"{_path} isn't what was written into it");
    }

    private T? Find<T>(byte[] key, int count, Func<FileStream, byte[], int, T?> read)
        where T : class
    {
        try
        {
            using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            var found = read(file, key, count);
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

    private DecodedPictures? Load(FileStream file, byte[] key, int count)
    {
        if (Begin(file, key, out var hash) is not (var pixels and <= int.MaxValue, var listed) || pixels > Array.MaxLength)
        {
            return null;
        }

        using (hash)
        {
            var all = GC.AllocateUninitializedArray<byte>((int)pixels);
            file.ReadExactly(all);
            hash!.AppendData(all);
            return End(file, hash, pixels, listed, count) is { } problems ? new(all, problems) : null;
        }
    }

    private KeptPictures? Check(FileStream file, byte[] key, int count)
    {
        if (Begin(file, key, out var hash) is not var (pixels, listed))
        {
            return null;
        }

        using (hash)
        {
            var begin = file.Position;
            var room = GC.AllocateUninitializedArray<byte>(1 << 20);
            for (var left = pixels; left > 0;)
            {
                var piece = room.AsSpan(0, (int)Math.Min(left, room.Length));
                file.ReadExactly(piece);
                hash!.AppendData(piece);
                left -= piece.Length;
            }

            return End(file, hash!, pixels, listed, count) is { } problems ? new(_path, begin, Convert.ToHexString(key), problems) : null;
        }
    }

    /// <summary>Reads up to the pixels: their bytes and those of the list; null where it is the file of something else.</summary>
    private static (long Pixels, int Listed)? Begin(FileStream file, byte[] key, out IncrementalHash? hash)
    {
        hash = null;
        var head = new byte[Magic.Length + key.Length];
        if (file.Length < head.Length + Tail || file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || !head.AsSpan().StartsWith(Magic) || !head.AsSpan().EndsWith(key))
        {
            return null;
        }

        var length = new byte[sizeof(int)];
        file.Position = file.Length - Tail;
        file.ReadExactly(length);
        file.Position = head.Length;
        var listed = BinaryPrimitives.ReadInt32LittleEndian(length);
        var pixels = file.Length - head.Length - Tail - listed;
        if (listed < 0 || pixels < 0)
        {
            return null;
        }

        hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(head);
        return (pixels, listed);
    }

    /// <summary>Reads what is after the pixels: the list; null where the checksum or the number of pictures is another.</summary>
    private List<(int, string)>? End(FileStream file, IncrementalHash hash, long pixels, int listed, int count)
    {
        byte[] list = new byte[listed], length = new byte[sizeof(int)], sum = new byte[SHA256.HashSizeInBytes];
        file.ReadExactly(list);
        file.ReadExactly(length);
        file.ReadExactly(sum);
        hash.AppendData(list);
        hash.AppendData(length);
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(sum))
        {
            return null;
        }

        var problems = new List<(int, string)>();
        using var reader = new BinaryReader(new MemoryStream(list), Encoding.UTF8);
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            problems.Add((reader.ReadInt32(), reader.ReadString()));
        }

        return pixels == (long)(count - problems.Count) * planes * side * side ? problems : null;
    }

    private void Keep(byte[] key, IEnumerable<DecodedPictures> pieces)
    {
        Directory.CreateDirectory(folder);
        CacheFiles.RemoveOld(folder, Ending);
        AtomicFile.Write(_path, stream =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Put([.. Magic, .. key]);
            using var list = new MemoryStream();
            using var writer = new BinaryWriter(list, Encoding.UTF8);
            writer.Write(0);
            var listed = 0;
            foreach (var piece in pieces)
            {
                Put(piece.Pixels);
                foreach (var (place, problem) in piece.Problems)
                {
                    writer.Write(place);
                    writer.Write(problem);
                    listed++;
                }
            }

            writer.Seek(0, SeekOrigin.Begin);
            writer.Write(listed);
            writer.Flush();
            var length = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(length, (int)list.Length);
            Put(list.ToArray());
            Put(length);
            stream.Write(hash.GetHashAndReset());

            void Put(byte[] bytes)
            {
                hash.AppendData(bytes);
                stream.Write(bytes);
            }
        });
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
}
