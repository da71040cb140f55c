using System.CommandLine;
using System.Globalization;
using Winnow.Catalog;
using Winnow.Curation.Documents;
using Winnow.Curation.Running;

namespace Winnow.Cli.Options;

/// <summary>Which records a curating verb reads, what of them, and where it writes.</summary>
/// <param name="shares">Whether several processes may share the inputs.</param>
/// <param name="required">Whether inputs and a folder have to be named.</param>
internal sealed class CorpusOptions(bool shares = true, bool required = true)
{
    private readonly Argument<string[]> _inputs = new("inputs") { Description = "files of records (JSON lines, also .gz and .zst, or Parquet) or of text (.txt), or folders with such files", Arity = required ? ArgumentArity.OneOrMore : ArgumentArity.ZeroOrMore };
    private readonly Option<string> _output = new("--out", "-o") { Description = "the folder to write into: empty, or one that this command began", HelpName = "folder", Required = required };
    private readonly Option<string> _text = new("--text") { Description = "the field that holds the text", HelpName = "field", DefaultValueFactory = static _ => "text" };
    private readonly Option<string?> _id = new("--id") { Description = "the field that names a record [default: its file and row]", HelpName = "field" };
    private readonly Option<string?> _source = new("--source") { Description = "the field that says where a record is from [default: its file]", HelpName = "field" };
    private readonly Option<string?> _shard = new("--shard") { Description = "work on every N-th input only, the i-th of them from 0; auto takes i and N from a Slurm array; auto/N takes i, counted from 0, from an array of which some tasks run again or from a Kubernetes indexed job", HelpName = "i/N" };
    private readonly Option<int?> _threads = Value.Number<int>("--threads", "threads to compute with; the result is the same at any number [default: all cores]", RunOptions.Threads, "4", "leave it out for all cores");
    private readonly Option<bool> _quiet = new(RunOptions.QuietName, "-q") { Description = "no progress, only the result" };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_inputs);
        foreach (var option in new Option[] { _output, _text, _id, _source, _shard, _threads, _quiet, RunOptions.Json }.Where(option => shares || option != _shard))
        {
            command.Options.Add(option);
        }
    }

    public IReadOnlyList<string> Inputs(ParseResult parsed) => parsed.GetValue(_inputs) is { Length: > 0 } inputs ? inputs : throw new UsageException("no input is named; give files of records or folders with such files.");

    public string Output(ParseResult parsed) => parsed.GetValue(_output) is { Length: > 0 } folder ? folder : throw new UsageException("--out isn't given or empty; name a folder.");

    public RecordFields Fields(ParseResult parsed) => new(parsed.GetValue(_text)!) { Id = parsed.GetValue(_id), Source = parsed.GetValue(_source) };

    public int Threads(ParseResult parsed) => parsed.GetValue(_threads) ?? Environment.ProcessorCount;

    public bool Quiet(ParseResult parsed) => parsed.GetValue(_quiet);

    public ShardShare Share(ParseResult parsed)
    {
        if (parsed.GetValue(_shard) is not { } given)
        {
            return ShardShare.All;
        }

        var parts = given.Split('/');
        if (parts[0] == "auto")
        {
            return Auto(given, parts);
        }

        return parts.Length == 2 && Read(parts[1], 1) is { } count && Read(parts[0], 0) is { } index && index < count
            ? new(index, count)
            : throw new UsageException($"--shard {given} is not i/N with i from 0 and below N, auto or auto/N; e.g. --shard 0/4.");
    }

    private static ShardShare Auto(string given, string[] parts)
    {
        if (parts.Length == 1 && Variable("SLURM_ARRAY_TASK_ID") is { } task && Variable("SLURM_ARRAY_TASK_MIN") is { } least && Variable("SLURM_ARRAY_TASK_MAX") is { } most)
        {
            // Of a list such as 1,5,9 only Slurm knows which ones there are.
            var tasks = most - least + 1;
            return Variable("SLURM_ARRAY_TASK_COUNT") is null || Variable("SLURM_ARRAY_TASK_COUNT") == tasks ? new(task - least, tasks)
                : throw new UsageException($"--shard {given}: the array's tasks aren't numbered one after the other; give auto/N with the number of shares, and an array of 0 to N-1.");
        }

        if (parts.Length == 2 && Read(parts[1], 1) is { } count && (Variable("JOB_COMPLETION_INDEX") ?? Variable("SLURM_ARRAY_TASK_ID")) is { } index)
        {
            return index < count ? new(index, count) : throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"--shard {given}: this is task {index}, counted from 0, of {count}; give the number of tasks that there are."));
        }

        throw new UsageException(parts.Length == 1
            ? $"--shard {given}: SLURM_ARRAY_TASK_ID, _MIN and _MAX aren't set; it works in a Slurm array job. In a Kubernetes indexed job give auto/N, elsewhere i/N."
            : $"--shard {given}: neither JOB_COMPLETION_INDEX nor SLURM_ARRAY_TASK_ID is set; give i/N, e.g. --shard 0/4.");
    }

    private static int? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? Read(text, 0) : null;

    private static int? Read(string text, int least) => NumberText.Read(text, new NumberRange<int>(least, int.MaxValue), out var value) is null ? value : null;
}
