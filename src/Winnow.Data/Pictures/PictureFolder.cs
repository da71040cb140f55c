using System.Globalization;
using System.Runtime.ExceptionServices;
using Winnow.Data.Sources;

namespace Winnow.Data.Pictures;

/// <summary>Reads a folder of pictures, a sub-folder a class.</summary>
internal static class PictureFolder
{
    public const int SmallestSize = 8, LargestSize = 1024;

    private const int Channels = 3, Named = 5;

    public static LoadedData Read(string folder, string name, DataOptions options)
    {
        var side = options.ImageSize ?? DataOptions.DefaultImageSize;
        var tree = PictureTree.Read(folder);
        PictureEntry[] entries = [.. tree.Train, .. tree.Test ?? []];
        CheckSize(folder, entries.Length, side);
        string? unkept = null;
        DecodedPictures Decode() => PictureFolder.Decode(entries, side, options);
        var decoded = options.CacheFolder is { } cache
            ? new PictureCache(cache, folder, side).FindOrMake(PictureCache.Key(entries, side), entries.Length, Decode, out unkept)
            : Decode();
        var note = Join(tree.Note, Refuse(folder, entries, decoded.Problems, options), unkept is null ? null : $"The decoded pictures can't be kept in {options.CacheFolder} ({unkept}): they are decoded anew each time.");
        var bad = decoded.Problems.Select(static problem => problem.Place).ToHashSet();
        var train = Part(name, 0, tree.Train.Count);
        if (tree.Test is { } tested)
        {
            var test = Part(name + " (test)", tree.Train.Count, tested.Count);
            return FolderSource.Describe(train, test, note) with { ImageSize = side };
        }

        var (kept, held) = NpyFolder.Divide(train.Labels, train.Classes, options.Holdout);
        if (held.Length == 0 || kept.Length == 0)
        {
            throw new DataException(Text(
                $"{folder}: there is no test/ or val/, and holding out {options.Holdout:0.####} of every class of {train.Count} pictures leaves {kept.Length} to train on and {held.Length} to test on. Divide the classes' folders into train/ and test/, or add pictures."));
        }

        note = Join(note, Text($"There is no test/ or val/: {held.Length} of {train.Count} pictures ({options.Holdout:0.####} of every class, evenly spaced in the order of their names) are held out as the test part."));
        return FolderSource.Describe(train.Select(kept), train.Select(held).With(name + " (test)", train.Classes, train.ClassNames), note) with { ImageSize = side };

        SampleSet Part(string called, int from, int count)
        {
            int[] usable = [.. Enumerable.Range(0, count).Where(i => !bad.Contains(from + i))];
            int[] labels = [.. usable.Select(i => entries[from + i].Label)];
            CheckClasses(folder, entries.AsSpan(from, count), labels);
            var length = Channels * side * side;
            var before = from - bad.Count(place => place < from);
            var set = SampleSet.FromBytes(called, [Channels, side, side], decoded.Pixels.AsMemory(before * length, usable.Length * length), labels, tree.Classes.Count, tree.Classes);
            return usable.Length == count ? set : set.WithRows(usable);
        }
    }

    /// <summary>Decodes files on as many threads as are asked for; which thread takes which file changes nothing.</summary>
    internal static DecodedPictures Decode(IReadOnlyList<PictureEntry> entries, int side, DataOptions options)
    {
        var length = Channels * side * side;
        var pixels = GC.AllocateUninitializedArray<byte>(entries.Count * length);
        var problems = new string?[entries.Count];
        int next = 0, done = 0;
        var stop = false;
        var failures = new List<Exception>();
        var threads = new Thread[Math.Min(options.Threads, entries.Count)];
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
                    options.Progress?.Invoke(new(Volatile.Read(ref done), entries.Count));
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

        options.Progress?.Invoke(new(entries.Count, entries.Count));
        return Packed(pixels, length, problems);

        void Work()
        {
            try
            {
                var decoder = new PictureDecoder(side);
                for (int i; !Volatile.Read(ref stop) && (i = Interlocked.Increment(ref next) - 1) < entries.Count; Interlocked.Increment(ref done))
                {
                    problems[i] = decoder.Decode(entries[i].Path, pixels.AsSpan(i * length, length));
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

    /// <summary>Without the places of what can't be used.</summary>
    private static DecodedPictures Packed(byte[] pixels, int length, string?[] problems)
    {
        var bad = new List<(int, string)>();
        for (var i = 0; i < problems.Length; i++)
        {
            if (problems[i] is { } problem)
            {
                bad.Add((i, problem));
            }
            else if (bad.Count > 0)
            {
                pixels.AsSpan(i * length, length).CopyTo(pixels.AsSpan((i - bad.Count) * length));
            }
        }

        Array.Resize(ref pixels, (problems.Length - bad.Count) * length);
        return new(pixels, bad);
    }

    /// <summary>What is said of pictures that were left out; null where none were.</summary>
    private static string? Refuse(string folder, PictureEntry[] entries, IReadOnlyList<(int Place, string Problem)> problems, DataOptions options)
    {
        if (problems.Count == 0)
        {
            return null;
        }

        var which = string.Join("; ", problems.Take(Named).Select(problem => $"{entries[problem.Place].Name} {problem.Problem}")) + (problems.Count > Named ? Text($"; and {problems.Count - Named} more") : "");
        return options.SkipCorrupt
            ? Text($"{problems.Count} of {entries.Length} pictures can't be used and were left out: {which}.")
            : throw new DataOptionException(Text($"{folder}: {problems.Count} of {entries.Length} pictures can't be used: {which}. Mend them or take them away, or leave them out with "), nameof(DataOptions.SkipCorrupt), ".");
    }

    private static void CheckSize(string folder, int count, int side)
    {
        var bytes = (long)count * Channels * side * side;
        if (bytes <= SampleSet.MaxBytes)
        {
            return;
        }

        var fits = (int)Math.Sqrt((double)SampleSet.MaxBytes / Channels / count);
        var problem = Text($"{folder}: {count} pictures of {Channels} x {side} x {side} bytes are {bytes} bytes, more than the {SampleSet.MaxBytes} that a set may have. ");
        throw fits < SmallestSize
            ? new DataException($"{problem}Take fewer pictures.")
            : new DataOptionException(problem + "Take a smaller ", nameof(DataOptions.ImageSize), Text($"; {fits} fits."));
    }

    private static void CheckClasses(string folder, ReadOnlySpan<PictureEntry> entries, ReadOnlySpan<int> usable)
    {
        foreach (var entry in entries)
        {
            if (!usable.Contains(entry.Label))
            {
                throw new DataException($"{folder}: no picture like {entry.Name}, of its class and part, can be used. Mend them, or take the class's folder away.");
            }
        }
    }

    private static string? Join(params ReadOnlySpan<string?> notes)
    {
        string? joined = null;
        foreach (var note in notes)
        {
            joined = FolderSource.Join(joined, note);
        }

        return joined;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
