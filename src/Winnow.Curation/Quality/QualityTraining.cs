using Winnow.Curation.Documents;
using Winnow.Curation.Resampling;
using Winnow.Curation.Running;
using Winnow.Data;

namespace Winnow.Curation.Quality;

/// <summary>Trains a quality model on the records of files: good ones against the rest.</summary>
public static class QualityTraining
{
    /// <summary>The column of a model's probability in filters.</summary>
    public const string Column = "quality";

    /// <summary>Trains a model; 4 bytes a word and pair of words are in memory meanwhile.</summary>
    /// <param name="good">Files and folders of good records.</param>
    /// <param name="rest">Files and folders of others.</param>
    /// <param name="fields">What of a record is looked at.</param>
    /// <param name="options">How it is trained; null takes the defaults.</param>
    /// <param name="threads">Threads that read; the model is the same at any number.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="DataException">A file can't be read, or either side has no words.</exception>
    public static LinearQualityModel Train(IReadOnlyList<string> good, IReadOnlyList<string> rest, RecordFields fields, LinearQualityOptions? options = null, int threads = 1, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(good);
        ArgumentNullException.ThrowIfNull(rest);
        ArgumentNullException.ThrowIfNull(fields);
        var text = new RecordFields(fields.Text);
        return LinearQualityModel.Train(Read(good, "good", text, threads, stop), Read(rest, "other", text, threads, stop), LinearQualityModel.DefaultBuckets, options);
    }

    private static List<int[]> Read(IReadOnlyList<string> paths, string what, RecordFields fields, int threads, CancellationToken stop)
    {
        var texts = new List<int[]>();
        foreach (var shard in Corpus.Find(paths))
        {
            using var reader = RecordReader.Open(shard, fields);
            BatchPipeline.Run(reader, fields, threads, static () => new NGramBuckets(LinearQualityModel.DefaultBuckets), static (buckets, batch) =>
            {
                var part = new List<int[]>();
                for (var i = 0; i < batch.Count; i++)
                {
                    if (buckets.Read(batch.Text(i)) is { IsEmpty: false } of)
                    {
                        part.Add(of.ToArray());
                    }
                }

                return part;
            }, (_, part) => texts.AddRange(part), stop);
        }

        return texts.Count > 0 ? texts : throw new CurationException($"{paths[0]}: the {what} records have no words; give some that do.");
    }
}
