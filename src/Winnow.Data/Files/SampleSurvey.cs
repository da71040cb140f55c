using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Winnow.Data.Files;

/// <summary>
/// What can only be said of samples in files once all of them were read: fingerprint, mean and standard deviation, the same to the bit as of a set in memory. It is kept in a file
/// of the cache folder under a key over everything that it depends on, with a checksum.
/// </summary>
internal sealed record SampleSurvey(string Fingerprint, double[] Mean, double[] Std)
{
    // What is read in a moment isn't worth a file.
    private const long SmallestKept = 64 << 20;
    private const int Piece = 1 << 20;
    private const string Ending = ".survey", Title = "winnow survey 1";

    /// <summary>Of a set in files: what is kept, else found out by reading all samples.</summary>
    /// <exception cref="DataException">A value is NaN or infinite, or a file can't be read.</exception>
    public static SampleSurvey Of(SampleSet set, SampleContent content)
    {
        var folder = (long)set.Count * set.SampleBytes >= SmallestKept ? content.Files!.CacheFolder : null;
        var key = folder is null ? "" : Key(set, content);
        if (folder is not null && Find(Path.Combine(folder, key[..32] + Ending), key) is { } found)
        {
            return found;
        }

        var survey = Read(set);
        if (folder is not null)
        {
            Keep(folder, key, survey);
        }

        return survey;
    }

    private static string Key(SampleSet set, SampleContent content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SampleStatistics.FingerprintHead(set));
        foreach (var file in content.Files!.Identity)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(file + "\n"));
        }

        var places = new int[Math.Min(set.Count, Piece)];
        for (var start = 0; start < set.Count; start += places.Length)
        {
            var count = Math.Min(places.Length, set.Count - start);
            for (var k = 0; k < count; k++)
            {
                places[k] = content.Place(start + k);
            }

            hash.AppendData(MemoryMarshal.AsBytes(places.AsSpan(0, count)));
        }

        hash.AppendData(MemoryMarshal.AsBytes(set.Labels));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static SampleSurvey Read(SampleSet set)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SampleStatistics.FingerprintHead(set));
        var plane = set.SampleLength / set.Channels;
        (double[] Mean, double[] Std) moments;
        if (set.ElementType == ElementType.UInt8)
        {
            var bytes = new ByteMoments(set.Channels, plane);
            set.ForAll(piece =>
            {
                hash.AppendData(piece);
                bytes.Add(piece);
            });
            moments = bytes.Result();
        }
        else
        {
            var floats = new FloatMoments(set.Channels, plane);
            var start = 0;
            set.ForAll(piece =>
            {
                hash.AppendData(piece);
                var values = MemoryMarshal.Cast<byte, float>(piece);
                SampleChecks.Finite(set.Name, values, set.SampleLength, start);
                floats.AddFirst(values);
                start += piece.Length / set.SampleBytes;
            });
            floats.EndFirst();
            set.ForAll(piece => floats.AddSecond(MemoryMarshal.Cast<byte, float>(piece)));
            moments = floats.Result();
        }

        hash.AppendData(MemoryMarshal.AsBytes(set.Labels));
        return new(Convert.ToHexStringLower(hash.GetHashAndReset()), moments.Mean, moments.Std);
    }

    // A line each: title, key, fingerprint, means, deviations, checksum. Numbers as bits: what is read has to be what was computed.
    private static SampleSurvey? Find(string path, string key)
    {
        try
        {
            var lines = File.ReadAllLines(path);
            if (lines is not [Title, var of, var fingerprint, var mean, var std, var sum] || of != key || sum != Sum(lines.AsSpan(0, 5)))
            {
                return null;
            }

            File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime);
            return new(fingerprint, Numbers(mean), Numbers(std));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // A folder that takes nothing costs the same pass again.
    private static void Keep(string folder, string key, SampleSurvey survey)
    {
        try
        {
            Directory.CreateDirectory(folder);
            CacheFiles.RemoveOld(folder, Ending);
            string[] lines = [Title, key, survey.Fingerprint, Text(survey.Mean), Text(survey.Std)];
            AtomicFile.Write(Path.Combine(folder, key[..32] + Ending), stream => stream.Write(Encoding.ASCII.GetBytes(string.Join('\n', [.. lines, Sum(lines), ""]))));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static string Sum(ReadOnlySpan<string> lines) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', lines.ToArray()))));

    private static string Text(double[] numbers) => Convert.ToHexStringLower(MemoryMarshal.AsBytes<double>(numbers));

    private static double[] Numbers(string text) => MemoryMarshal.Cast<byte, double>(Convert.FromHexString(text)).ToArray();
}
