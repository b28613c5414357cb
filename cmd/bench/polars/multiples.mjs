// The median price of new pairs sold, by version, straight from the CSV: the least
// that an analyst with polars and no book would do for the question. The version is
// the last character of the style code.
import pl from "nodejs-polars";

const answer = pl
  .scanCSV(process.argv[2])
  .filter(pl.col("price_basis").eq(pl.lit("sale")).and(pl.col("condition").eq(pl.lit("new"))))
  .select(pl.col("style_code").str.slice(-1).alias("version"), pl.col("price").cast(pl.Float64))
  .groupBy("version")
  .agg(pl.count("price").alias("n"), pl.col("price").median().alias("median_price"))
  .sort("version")
  .collectSync();
process.stdout.write(answer.writeCSV().toString());
