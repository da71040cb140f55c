using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Winnow.Data;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training.Tasks;

namespace Winnow.Training.Probing;

/// <summary>
/// What probes of this user found on this machine: one small file a probe in the user's cache folder. A damaged or unreadable one counts as none, and a folder that
/// can't be written keeps nothing; either costs two seconds.
/// </summary>
/// <param name="folder">The folder; <see cref="DefaultFolder"/> for the user's.</param>
public sealed class ProbeMemory(string folder)
{
    /// <summary>The user's cache folder for probes.</summary>
    public static string DefaultFolder => UserCache.Folder("probes");

    /// <summary>Everything that a probe's result depends on, as one text: what is equal in it is not probed again.</summary>
    public static string Key(TaskData data, TaskRecipe recipe, string device, FixedSettings settled, int threads)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(settled);
        return string.Create(CultureInfo.InvariantCulture,
            $"{ProcessorFeatures.Key}|{Environment.ProcessorCount}|{threads}|{TorchRuntime.Version}|{typeof(TorchSharp.torch).Assembly.GetName().Version}|{typeof(ProbeMemory).Assembly.GetName().Version}|{WaitingPolicyOf()}|{device}|{recipe.Task}|{recipe.Effort(data)}|{recipe.Optimizer}|{recipe.BatchSize}|{recipe.MicroBatchSize}|{settled.Precision}|{settled.Layout}|{settled.Threads}");
    }

    /// <summary>What is remembered; null where nothing is.</summary>
    public ProbeResult? Find(string key)
    {
        try
        {
            var path = PathOf(key);
            return File.Exists(path) && JsonSerializer.Deserialize(File.ReadAllBytes(path), ProbeJson.Default.RememberedProbe) is { } found && found.Key == key
                ? found.Result with { Remembered = found.Measured }
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Remembers a result, beside its place first and then renamed. False where the folder takes none.</summary>
    public bool Keep(string key, ProbeResult result, DateTimeOffset now)
    {
        try
        {
            Directory.CreateDirectory(folder);
            AtomicFile.Write(PathOf(key), stream => JsonSerializer.Serialize(stream, new RememberedProbe(key, now, result), ProbeJson.Default.RememberedProbe));
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Another policy, other speeds.
    private static string WaitingPolicyOf() => TorchRuntime.Gaps[0].Detail;

    private string PathOf(string key) => Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..24] + ".json");
}

/// <summary>A probe's file.</summary>
internal sealed record RememberedProbe(string Key, DateTimeOffset Measured, ProbeResult Result);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(RememberedProbe))]
internal sealed partial class ProbeJson : JsonSerializerContext;
