// One piece of geometric work on embeddings in an npy file, timed by itself; bench/geometry.py runs it beside others.
//
// usage: Winnow.Geometry kmeans FILE CENTROIDS ITERATIONS OUT      k-means from given centroids; OUT gets the assignments
//        Winnow.Geometry neighbours FILE QUERIES K OUT             exact search in FILE; OUT gets the ids
//        Winnow.Geometry kcenter FILE K OUT                        k-center from row 0, and how long reading the matrix takes; OUT gets the ids
//        Winnow.Geometry facility FILE K OUT                       facility location by the lazy way, (1 + cosine) / 2; OUT gets the ids
//        Winnow.Geometry duplicates FILE CENTROIDS ITERATIONS      spherical k-means from given centroids, then SemDeDup, epsilon .1
// Threads: OMP_NUM_THREADS, or all. Prints one JSON line. Files are read into memory before the time begins.
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Winnow.Data.Formats;
using Winnow.Geometry;

var culture = CultureInfo.InvariantCulture;
var threads = int.TryParse(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"), culture, out var asked) ? asked : 0;
if (args.Length < 3)
{
    Console.Error.WriteLine("usage: Winnow.Geometry kmeans|neighbours|kcenter|facility|duplicates FILE …; the head of Program.cs says the rest");
    return 2;
}

var matrix = Load(args[1]);
var start = Stopwatch.GetTimestamp();
switch (args[0])
{
    case "kmeans":
        var centroids = Load(args[2]);
        start = Stopwatch.GetTimestamp();
        var found = KMeans.Run(matrix, centroids.Count, new() { Centroids = Whole(centroids), Iterations = Number(3), Threads = threads });
        Tell($"\"objective\": {found.Objective:R}, \"iterations\": {found.Objectives.Length}, \"refilled\": {found.Refilled}");
        Save(args[4], found.Assignments, found.Assignments.Length);
        break;
    case "neighbours":
        var queries = Load(args[2]);
        start = Stopwatch.GetTimestamp();
        var near = NearestNeighbours.Of(queries, matrix, Number(3), new() { Threads = threads });
        Tell($"\"queries\": {near.Count}");
        var ids = new int[near.Count * near.Neighbours];
        for (var i = 0; i < near.Count; i++)
        {
            near.Ids(i).CopyTo(ids.AsSpan(i * near.Neighbours));
        }

        Save(args[4], ids, near.Count, near.Neighbours);
        break;
    case "kcenter":
        var count = Number(2);
        var centres = KCenter.Select(matrix, count - 1, new() { Selected = new[] { 0 }, Threads = threads });
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var passes = Enumerable.Range(0, 7).Select(_ => Pass()).Order().ToArray();
        Tell($"\"select_seconds\": {seconds:R}, \"pass_seconds\": {passes[3]:R}, \"times_streaming\": {seconds / (passes[3] * count):R}, \"skipped\": {centres.Skipped}, \"radius\": {centres.Radius:R}");
        Save(args[3], [0, .. centres.Ids], count);
        break;
    case "facility":
        using (var similarities = SimilarityMatrix.Of(matrix, Similarity.Cosine, new() { Threads = threads }))
        {
            var ready = Stopwatch.GetElapsedTime(start).TotalSeconds;
            FacilityLocation function = new(similarities);
            var picks = GreedySelection.Lazy(function, Number(2)).ToArray();
            Tell($"\"similarity_seconds\": {ready:R}, \"kept\": {(similarities.IsKept ? "true" : "false")}, \"value\": {function.Value:R}");
            Save(args[3], [.. picks.Select(static p => p.Id)], picks.Length);
        }

        break;
    case "duplicates":
        var begin = Load(args[2]);
        start = Stopwatch.GetTimestamp();
        var clusters = KMeans.Run(matrix, begin.Count, new() { Metric = Metric.Cosine, Centroids = Whole(begin), Iterations = Number(3), Threads = threads });
        var clustered = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var duplicates = SemanticDuplicates.Find(matrix, clusters.Assignments, new() { Keys = clusters.Distances.ToArray(), Threads = threads });
        var kept = duplicates.Keep(0.1).Count(static keep => keep);
        Tell($"\"kmeans_seconds\": {clustered:R}, \"objective\": {clusters.Objective:R}, \"largest_cluster\": {clusters.Sizes.ToArray().Max()}, \"kept\": {kept}");
        break;
    default:
        Console.Error.WriteLine($"there is no work {args[0]}");
        return 2;
}

return 0;

int Number(int place) => int.Parse(args[place], culture);

static EmbeddingMatrix Load(string path)
{
    var array = Npy.Read(path);
    return EmbeddingMatrix.Of(MemoryMarshal.Cast<byte, float>(array.Data.Span).ToArray(), array.Shape[1]);
}

static float[] Whole(EmbeddingMatrix matrix) => matrix.Rows(0, matrix.Count).ToArray();

static void Save(string path, ReadOnlySpan<int> values, params ReadOnlySpan<int> shape) => Npy.Write(path, NpyArray.Create(values, shape));

void Tell(FormattableString more)
{
    var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
    Console.WriteLine(string.Create(culture, $"{{\"work\": \"{args[0]}\", \"seconds\": {seconds:R}, {more.ToString(culture)}}}"));
}

// How long all threads take to read the matrix once: what a step without skipping can't be faster than.
double Pass()
{
    var begun = Stopwatch.GetTimestamp();
    var workers = threads > 0 ? threads : Environment.ProcessorCount;
    Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, t =>
    {
        int from = (int)((long)t * matrix.Count / workers), to = (int)((t + 1L) * matrix.Count / workers);
        Vector<float> w = default, x = default, y = default, z = default;
        for (var row = from; row < to; row += 1024)
        {
            var vectors = MemoryMarshal.Cast<float, Vector<float>>(matrix.Rows(row, Math.Min(1024, to - row)));
            for (var i = 0; i + 4 <= vectors.Length; i += 4)
            {
                w += vectors[i];
                x += vectors[i + 1];
                y += vectors[i + 2];
                z += vectors[i + 3];
            }
        }

        if (float.IsNaN(Vector.Sum(w + x + y + z)))
        {
            throw new InvalidOperationException("a sum of finite numbers isn't one");
        }
    });
    return Stopwatch.GetElapsedTime(begun).TotalSeconds;
}
