using System.Globalization;
using System.Runtime.ExceptionServices;
using Winnow.Data.Sources;

namespace Winnow.Data.Pictures;

/// <summary>Decodes what belongs to one sample.</summary>
/// <param name="place">The sample.</param>
/// <param name="target">Takes its bytes.</param>
/// <returns>What is wrong, as the rest of a sentence that begins with the sample's name; null where nothing is.</returns>
internal delegate string? DecodeSample(int place, Span<byte> target);

/// <summary>Many files on many threads, and what is said of those that can't be used.</summary>
internal static class PictureDecoding
{
    private const int Named = 5;

    // Small against the memory of any process, and large against what threads lose that wait for the last one of a piece.
    private const int PieceBytes = 64 << 20;

    /// <summary>What decodes pictures that are a sample each.</summary>
    /// <param name="entries">The pictures, by the places of their samples.</param>
    /// <param name="side">The size.</param>
    /// <param name="opacity">Whether opacity is a fourth plane.</param>
    public static Func<DecodeSample> Plain(IReadOnlyList<PictureEntry> entries, int side, bool opacity = false) => () =>
    {
        var decoder = new PictureDecoder(side, opacity);
        return (place, target) => decoder.Decode(entries[place].Path, target);
    };

    /// <summary>Decodes on as many threads as are asked for; which thread takes which sample changes nothing.</summary>
    /// <param name="count">How many samples, at least 1.</param>
    /// <param name="length">Bytes that one has.</param>
    /// <param name="options">Threads, and who is told of progress.</param>
    /// <param name="begin">Is called once by each thread.</param>
    public static DecodedPictures Run(int count, int length, DataOptions options, Func<DecodeSample> begin) => Run(0, count, count, length, options, begin);

    private static DecodedPictures Run(int from, int count, int total, int length, DataOptions options, Func<DecodeSample> begin)
    {
        var pixels = GC.AllocateUninitializedArray<byte>(count * length);
        var problems = new string?[count];
        int next = 0, done = 0;
        var stop = false;
        var failures = new List<Exception>();
        var threads = new Thread[Math.Min(options.Threads, count)];
        for (var i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(Work) { IsBackground = true, Name = "decoding" };
            threads[i].Start();
        }

        try
        {
            foreach (var thread in threads)
            {
                while (!thread.Join(100))
                {
                    // All are told once, at the end.
                    if (from + Volatile.Read(ref done) is var so && so < total)
                    {
                        options.Progress?.Invoke(new(so, total));
                    }
                }
            }
        }
        finally
        {
            Volatile.Write(ref stop, true);
            foreach (var thread in threads)
            {
                thread.Join();
            }
        }

        if (failures is [var failure, ..])
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        if (from + count == total)
        {
            options.Progress?.Invoke(new(total, total));
        }

        return Packed(pixels, length, problems, from);

        void Work()
        {
            try
            {
                var decode = begin();
                for (int i; !Volatile.Read(ref stop) && (i = Interlocked.Increment(ref next) - 1) < count; Interlocked.Increment(ref done))
                {
                    problems[i] = decode(from + i, pixels.AsSpan(i * length, length));
                }
            }
            catch (Exception error)
            {
                // Such as too little memory: thrown on by the thread that waits.
                Volatile.Write(ref stop, true);
                lock (failures)
                {
                    failures.Add(error);
                }
            }
        }
    }

    /// <summary>What is said of pictures that were left out; null where none were.</summary>
    /// <param name="folder">The folder of the data set.</param>
    /// <param name="entries">All pictures.</param>
    /// <param name="problems">What is wrong with some of them.</param>
    /// <param name="options">Whether they are left out.</param>
    /// <exception cref="DataOptionException">There are some, and they aren't to be left out.</exception>
    public static string? Refuse(string folder, IReadOnlyList<PictureEntry> entries, IReadOnlyList<(int Place, string Problem)> problems, DataOptions options)
    {
        if (problems.Count == 0)
        {
            return null;
        }

        var which = string.Join("; ", problems.Take(Named).Select(problem => $"{entries[problem.Place].Name} {problem.Problem}")) + (problems.Count > Named ? Text($"; and {problems.Count - Named} more") : "");
        return options.SkipCorrupt
            ? Text($"{problems.Count} of {entries.Count} pictures can't be used and were left out: {which}.")
            : throw new DataOptionException(Text($"{folder}: {problems.Count} of {entries.Count} pictures can't be used: {which}. Mend them or take them away, or leave them out with "), nameof(DataOptions.SkipCorrupt), ".");
    }

    /// <summary>Refuses more bytes than a set may have.</summary>
    public static void CheckSize(string folder, int count, int channels, int side)
    {
        var bytes = (long)count * channels * side * side;
        if (bytes <= SampleSet.MaxBytes)
        {
            return;
        }

        var fits = (int)Math.Sqrt((double)SampleSet.MaxBytes / channels / count);
        var problem = Text($"{folder}: {count} pictures of {channels} x {side} x {side} bytes are {bytes} bytes, more than the {SampleSet.MaxBytes} that a set may have. ");
        throw fits < PictureFolder.SmallestSize
            ? new DataException($"{problem}Take fewer pictures.")
            : new DataOptionException(problem + "Take a smaller ", nameof(DataOptions.ImageSize), Text($"; {fits} fits."));
    }

    /// <summary>What is kept of them, or what they are decoded to and kept from now on.</summary>
    /// <param name="source">The folder of the pictures.</param>
    /// <param name="entries">All files that the bytes depend on.</param>
    /// <param name="count">How many samples they make.</param>
    /// <param name="planes">Bytes a pixel.</param>
    /// <param name="side">The size.</param>
    /// <param name="kind">What is made of the files, where it isn't the plain picture.</param>
    /// <param name="options">Where is kept.</param>
    /// <param name="begin">Is called once by each thread that decodes.</param>
    /// <param name="note">Why nothing could be kept; null where it could.</param>
    public static DecodedPictures FindOrDecode(string source, IReadOnlyList<PictureEntry> entries, int count, int planes, int side, string kind, DataOptions options, Func<DecodeSample> begin, out string? note)
    {
        note = null;
        DecodedPictures Decode() => Run(count, planes * side * side, options, begin);
        if (options.CacheFolder is not { } cache)
        {
            return Decode();
        }

        var decoded = new PictureCache(cache, source, side, planes).FindOrMake(PictureCache.Key(entries, side, kind), count, Decode, out var unkept);
        note = unkept is null ? null : $"The decoded pictures can't be kept in {cache} ({unkept}): they are decoded anew each time.";
        return decoded;
    }

    /// <summary>The same of plain pictures that stay in the cache's file, decoded piece by piece.</summary>
    /// <exception cref="DataOptionException">They can't be kept there.</exception>
    public static KeptPictures FindOrKeep(string source, IReadOnlyList<PictureEntry> entries, int planes, int side, DataOptions options, Func<DecodeSample> begin)
    {
        if (options.CacheFolder is not { } cache)
        {
            throw new DataOptionException($"{source}: there is no ", nameof(DataOptions.CacheFolder), " for the decoded pictures, and they are too many for memory, or meant not to be there. Name one.");
        }

        try
        {
            return new PictureCache(cache, source, side, planes).FindOrKeep(PictureCache.Key(entries, side), entries.Count, Pieces);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataOptionException($"{source}: the decoded pictures can't be kept in {cache} ({error.Message.TrimEnd('.')}); only pictures that were decoded and kept can be read while they are used. Make room there, or take a smaller ", nameof(DataOptions.ImageSize), ".");
        }

        IEnumerable<DecodedPictures> Pieces()
        {
            var length = planes * side * side;
            var count = PieceBytes / length;
            for (var from = 0; from < entries.Count; from += count)
            {
                yield return Run(from, Math.Min(count, entries.Count - from), entries.Count, length, options, begin);
            }
        }
    }

    /// <summary>Sentences one after the other; null where there are none.</summary>
    public static string? Join(params ReadOnlySpan<string?> notes)
    {
        string? joined = null;
        foreach (var note in notes)
        {
            joined = FolderSource.Join(joined, note);
        }

        return joined;
    }

    /// <summary>Without the places of what can't be used.</summary>
    private static DecodedPictures Packed(byte[] pixels, int length, string?[] problems, int from)
    {
        var bad = new List<(int, string)>();
        for (var i = 0; i < problems.Length; i++)
        {
            if (problems[i] is { } problem)
            {
                bad.Add((from + i, problem));
            }
            else if (bad.Count > 0)
            {
                pixels.AsSpan(i * length, length).CopyTo(pixels.AsSpan((i - bad.Count) * length));
            }
        }

        Array.Resize(ref pixels, (problems.Length - bad.Count) * length);
        return new(pixels, bad);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
